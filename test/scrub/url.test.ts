import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isPlainUrl, maskUrl, pathPattern, splitUrl } from '../../lib/scrub/url.js'

const CASES: [url: string, masked: string][] = [
  ['/orders/17', '/orders/17'],
  ['/orders?page=2&q=bob', '/orders?page=?&q=?'],
  ['/orders?hunter2', '/orders??'],
  ['/orders?verbose', '/orders?verbose'],
  ['/orders?=x&&a', '/orders??=?&&a'],
  ['/orders?ids[]=1&ids[]=2', '/orders?ids[]=?&ids[]=?'],
  ['/orders?3f2504e04f8911d3=1', '/orders??=?'],
  ['/a?redirect=http://b/?c=d', '/a?redirect=?'],
  ['/a#token=x', '/a'],
  ['#token=x', ''],
  ['/a;jsessionid=17/b', '/a;?/b'],
  ['http://bob:hunter2@host:80/a?b=c', 'http://host:80/a?b=?'],
  ['http://bob:hun/ter2@host/a', 'http://host/a'],
  ['http://host:8080/a/@scope/b@c', 'http://host:8080/a/@scope/b@c'],
  ['http://host?a=bob@b', 'http://host?a=?'],
  ['http://[::1', 'http://[::1'],
  ['//evil/a', '//evil/a'],
  ['*', '*'],
  ['/%E0%A4%A', '/%E0%A4%A'],
  ['/a\u001b[31m\n', '/a%1B[31m%0A'],
  ['/a\u202eb', '/a%EF%BF%BDb'],
  ['/a\ud83d', '/a%EF%BF%BD'],
  ['', '']
]

describe('maskUrl', () => {
  for (const [url, masked] of CASES) it(JSON.stringify(url), () => assert.equal(maskUrl(url), masked))

  it('loses every value of every query', () => {
    const value = fc.string().map(text => `s3cret${text.replace(/[^\w]/g, '%20')}`)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b[]', 'token'), value)), pairs => {
        const url = `/p?${pairs.map(pair => pair.join('=')).join('&')}`
        assert.ok(!maskUrl(url).includes('s3cret'))
      })
    )
  })

  it('never throws, is short and printable for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), text => {
        const masked = maskUrl(text)
        assert.ok(masked.length <= 2048)
        assert.ok(!/[\x00-\x1f\x7f]/.test(masked))
        pathPattern(text)
        splitUrl(text)
      })
    )
  })
})

describe('isPlainUrl', () => {
  const isPlain = (path: string): boolean => {
    const bytes = Buffer.from(`?${path}?`, 'latin1')
    return isPlainUrl(bytes, 1, bytes.length - 1)
  }

  it('is true only of what maskUrl leaves as it is', () => {
    const char = fc.integer({ min: 0, max: 0xff }).map(code => String.fromCharCode(code))
    const unit = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(...'/orders17-_.~@!*%') },
      { weight: 1, arbitrary: char }
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 3000 }), path => !isPlain(path) || maskUrl(path) === path),
      { numRuns: 2000 }
    )
  })

  it('is true of usual paths', () => {
    for (const path of ['', '/', '/orders/17/items', '/a%20b/~me@home/c,d.html']) assert.ok(isPlain(path), path)
    for (const path of ['/a?b=1', '/a;b', 'http://me:pw@host/', '/a b', '/\u00e4', '/a#b'])
      assert.ok(!isPlain(path), path)
  })
})

describe('pathPattern', () => {
  const cases: [url: string, pattern: string][] = [
    ['http://stock:80/items/17/price?x=1', '/items/?/price'],
    ['http://stock', '/'],
    ['/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301', '/users/?'],
    ['/items/17;v=2', '/items/?']
  ]
  for (const [url, pattern] of cases) it(url, () => assert.equal(pathPattern(url), pattern))
})
