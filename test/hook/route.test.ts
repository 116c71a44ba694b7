import assert from 'node:assert/strict'
import { normalizePath, takesAll } from '../../lib/hook/route.js'

describe('a route from a path', () => {
  const cases: [path: string, route: string][] = [
    ['/', '/'],
    ['/orders/17', '/orders/:id'],
    ['/17', '/:id'],
    ['/orders/17/a-rather-long-but-readable-name', '/orders/:id/a-rather-long-but-readable-name'],
    ['/orders/17.~1', '/orders/17.~1'],
    ['/orders/17/lines?page=2', '/orders/:id/lines'],
    ['/users/0af76519-16cd-43dd-8448-eb211c80319c', '/users/:id'],
    ['/blobs/0af7651916cd43dd8448eb211c80319c#top', '/blobs/:id'],
    ['/sessions/dGhpcyBpcyBhIHRlc3Q4Nzk2', '/sessions/:id'],
    ['/payments/pi_3MtwBwLkdIwHu7ix28a3tqPa', '/payments/:id'],
    ['/a-rather-long-but-readable-name', '/a-rather-long-but-readable-name'],
    ['/v2/items', '/v2/items'],
    ['/orders/17.json', '/orders/:id.json'],
    ['/exports/0af76519-16cd-43dd-8448-eb211c80319c.tar.gz?x=1.5', '/exports/:id.tar.gz'],
    ['/1.0/items', '/1.0/items'],
    ['/a-b.c/17', '/a-b.c/:id'],
    ['/averylongnameofasong.mp3', '/averylongnameofasong.mp3'],
    ['//evil.example/x', '/*'],
    ['http://[::1', '/*'],
    ['*', '/*'],
    ['/line\nfeed', '/*'],
    ['', '/*']
  ]
  for (const [path, route] of cases) {
    it(`${JSON.stringify(path)} is ${route}`, () => assert.equal(normalizePath(path), route))
  }

  it('cuts a 64 kB path', () => assert.ok(normalizePath(`/${'x'.repeat(65_536)}`).length <= 200))

  it('puts what comes after 500 names under one', () => {
    const { routeOf } = alone()
    const word = (n: number): string => n.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'[Number(digit)]!)
    const names = new Set(Array.from({ length: 10_000 }, (_, i) => routeOf(`/page-${word(i)}`)))
    assert.ok(names.size <= 501)
    assert.ok(names.has('/*'))
  })
})

describe('a route that all requests come to', () => {
  const cases: [route: string, isIt: boolean][] = [
    ['*', true],
    ['/*', true],
    ['/*splat', true],
    ['/{*splat}', true],
    ['/*/orders', false],
    ['/orders/*', false],
    ['/', false],
    ['', false]
  ]
  for (const [route, isIt] of cases) it(`is ${isIt ? '' : 'not '}"${route}"`, () => assert.equal(takesAll(route), isIt))
})

/** A copy of its own: the names of a process are counted once, and other tests of this one need some. */
function alone(): typeof import('../../lib/hook/route.js') {
  const file = require.resolve('../../lib/hook/route.js')
  const shared = require.cache[file]
  delete require.cache[file]
  try {
    return require(file)
  } finally {
    require.cache[file] = shared
  }
}
