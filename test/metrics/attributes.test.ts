// What attributes series get of what an operation says of itself: few values of each, and nothing that is secret.

import assert from 'node:assert/strict'
import { clientValues, dbValues, errorTypeOf, serverValues } from '../../lib/metrics/attributes.js'
import { operation } from '../verdict/timeline.js'

const LONG = 'x'.repeat(300)

describe('the attributes of a series', () => {
  // target | database | host | port
  const targets: [string | undefined, string | undefined, string | undefined, number | undefined][] = [
    ['db:5432/shop', 'shop', 'db', 5432],
    ['db:5432', undefined, 'db', 5432],
    ['db', undefined, 'db', undefined],
    ['[::1]:5432/shop', 'shop', '::1', 5432],
    ['/run/mysqld.sock/shop', 'shop', '/run/mysqld.sock', undefined],
    ['user:p@ss@db:5432/shop', 'shop', 'db', 5432],
    ['', undefined, undefined, undefined],
    [undefined, undefined, undefined, undefined]
  ]
  for (const [target, namespace, address, port] of targets) {
    it(`of a database at ${target}`, () =>
      assert.deepEqual(dbValues(operation({ kind: 'db', system: 'pg', target, start: 0, end: 1 }), undefined), [
        'pg',
        namespace,
        address,
        port,
        undefined
      ]))
  }

  it('of a cache behind a socket, whose path has no database behind it', () => {
    const target = '/run/redis.sock'
    assert.deepEqual(dbValues(operation({ kind: 'cache', system: 'redis', target, start: 0, end: 1 }), undefined), [
      'redis',
      undefined,
      target,
      undefined,
      undefined
    ])
  })

  // text | target | status code | error of the call | attributes
  const calls: [string, string, number | undefined, string | undefined, unknown[]][] = [
    ['GET http://a/', 'a:80', 200, undefined, ['GET', 'a', 80, 200, undefined]],
    ['GET http://a/', 'a:80', 399, undefined, ['GET', 'a', 80, 399, undefined]],
    ['GET http://a/', 'a:80', 400, undefined, ['GET', 'a', 80, 400, '400']],
    ['GET http://a/', 'a:80', undefined, 'ECONNRESET', ['GET', 'a', 80, undefined, 'ECONNRESET']],
    ['GET http://a/', 'a:80', 500, 'ECONNRESET', ['GET', 'a', 80, 500, 'ECONNRESET']],
    ['get http://a/', '/run/a.sock', 200, undefined, ['_OTHER', '/run/a.sock', undefined, 200, undefined]]
  ]
  for (const [text, target, statusCode, error, expected] of calls) {
    it(`of ${text} to ${target} with ${error ?? statusCode}`, () =>
      assert.deepEqual(
        clientValues(operation({ kind: 'http', system: 'http', text, target, statusCode, start: 0, end: 1 }), error),
        expected
      ))
  }

  // status code | aborted | attributes
  const answers: [number | null, boolean, unknown[]][] = [
    [499, false, [499, undefined]],
    [500, false, [500, '500']],
    [null, true, [undefined, 'aborted']],
    [200, true, [200, 'aborted']]
  ]
  for (const [statusCode, aborted, expected] of answers) {
    it(`of an answer ${statusCode}${aborted ? ', aborted' : ''}`, () =>
      assert.deepEqual(serverValues('GET', LONG, statusCode, aborted), ['GET', 'x'.repeat(255), ...expected]))
  }

  // error | type
  const errors: [unknown, string][] = [
    [Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [new TypeError('no'), 'TypeError'],
    [Object.assign(new Error('no'), { code: 42 }), 'Error'],
    [{ code: 'relation "orders" does not exist', name: 'DatabaseError' }, 'DatabaseError'],
    [{ name: LONG }, '_OTHER'],
    [Object.defineProperty({}, 'code', { get: () => assert.fail() }), '_OTHER'],
    ['a sentence', '_OTHER'],
    [null, '_OTHER']
  ]
  for (const [i, [error, type]] of errors.entries()) {
    it(`of error ${i} is ${type}`, () => assert.equal(errorTypeOf(error), type))
  }
})
