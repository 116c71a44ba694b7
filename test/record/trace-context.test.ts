// W3C Trace Context over the wire, case by case as the specification (level 1 and 2) and its public test harness have them: a
// service is called with certain headers, and what it sends to the peer that it calls is looked at.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type App, runApp } from '../harness/app.js'
import { asInHarness, HARNESS, headerOf, MANY } from './trace-context-harness.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const PARENT = `00-${TRACE}-${SPAN}-00`
const OWN = 'perfagent=orders'
const parent = (header: string): string[] => ['traceparent', header]
const state = (...values: string[]): string[] => [...parent(PARENT), ...values.flatMap(value => ['tracestate', value])]
const members = (count: number): string => Array.from({ length: count }, (_, i) => `bar${i}=${i}`).join(',')
const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/'
const range = (from: number, to: number): string =>
  String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i))
const VALUE = range(0x20, 0x2b) + range(0x2d, 0x3c) + range(0x3e, 0x7e)

// title | headers of the caller | whether its trace goes on
const TRACEPARENT: [title: string, headers: string[], joins: boolean][] = [
  ['nothing', [], false],
  ['traceparent alone', parent(PARENT), true],
  ['two traceparents', [...parent(PARENT), ...parent(PARENT.replace('0af', '1af'))], false],
  ['trace-parent', ['trace-parent', PARENT], false],
  ['trace.parent', ['trace.parent', PARENT], false],
  ['TraceParent', ['TraceParent', PARENT], true],
  ['TrAcEpArEnT', ['TrAcEpArEnT', PARENT], true],
  ['TRACEPARENT', ['TRACEPARENT', PARENT], true],
  ['version 00 with a dot behind', parent(`${PARENT}.`), false],
  ['version 00 with more behind', parent(`${PARENT}-what-the-future-brings`), false],
  ['a version to come', parent(`cc-${TRACE}-${SPAN}-01`), true],
  ['a version to come with more behind', parent(`cc-${TRACE}-${SPAN}-01-what-the-future-brings`), true],
  ['a version to come with a dot behind', parent(`cc-${TRACE}-${SPAN}-01.what-the-future-brings`), false],
  ['version ff', parent(`ff-${TRACE}-${SPAN}-01`), false],
  ['version .0', parent(`.0-${TRACE}-${SPAN}-01`), false],
  ['version 0.', parent(`0.-${TRACE}-${SPAN}-01`), false],
  ['a version of 3 digits', parent(`000-${TRACE}-${SPAN}-01`), false],
  ['a version of 4 digits', parent(`0000-${TRACE}-${SPAN}-01`), false],
  ['a version of 1 digit', parent(`0-${TRACE}-${SPAN}-01`), false],
  ['a trace id of zeros', parent(`00-${'0'.repeat(32)}-${SPAN}-01`), false],
  ['a trace id that begins with a dot', parent(`00-.${TRACE.slice(1)}-${SPAN}-01`), false],
  ['a trace id that ends with a dot', parent(`00-${TRACE.slice(1)}.-${SPAN}-01`), false],
  ['a trace id in upper case', parent(`00-${TRACE.toUpperCase()}-${SPAN}-01`), false],
  ['a trace id of 33 digits', parent(`00-${TRACE}3-${SPAN}-01`), false],
  ['a trace id of 31 digits', parent(`00-${TRACE.slice(1)}-${SPAN}-01`), false],
  ['a parent id of zeros', parent(`00-${TRACE}-${'0'.repeat(16)}-01`), false],
  ['a parent id that begins with a dot', parent(`00-${TRACE}-.${SPAN.slice(1)}-01`), false],
  ['a parent id that ends with a dot', parent(`00-${TRACE}-${SPAN.slice(1)}.-01`), false],
  ['a parent id of 17 digits', parent(`00-${TRACE}-${SPAN}7-01`), false],
  ['a parent id of 15 digits', parent(`00-${TRACE}-${SPAN.slice(1)}-01`), false],
  ['flags .0', parent(`00-${TRACE}-${SPAN}-.0`), false],
  ['flags 0.', parent(`00-${TRACE}-${SPAN}-0.`), false],
  ['flags of 3 digits', parent(`00-${TRACE}-${SPAN}-001`), false],
  ['flags of 1 digit', parent(`00-${TRACE}-${SPAN}-1`), false],
  ['blanks before', parent(` ${PARENT}`), true],
  ['a tab before', parent(`\t${PARENT}`), true],
  ['blanks behind', parent(`${PARENT} `), true],
  ['a tab behind', parent(`${PARENT}\t`), true],
  ['blanks and tabs around', parent(`\t ${PARENT} \t`), true]
]

// title | headers of the caller | the tracestate of the called, without our own member
const TRACESTATE: [title: string, headers: string[], goesOn: string][] = [
  ['tracestate without traceparent', ['tracestate', 'foo=1'], ''],
  ['two members without traceparent', ['tracestate', 'foo=1,bar=2'], ''],
  ['both', state('foo=1,bar=2'), 'foo=1,bar=2'],
  ['trace-state', [...parent(PARENT), 'trace-state', 'foo=1'], ''],
  ['trace.state', [...parent(PARENT), 'trace.state', 'foo=1'], ''],
  ['TraceState', [...parent(PARENT), 'TraceState', 'foo=1'], 'foo=1'],
  ['TrAcEsTaTe', [...parent(PARENT), 'TrAcEsTaTe', 'foo=1'], 'foo=1'],
  ['TRACESTATE', [...parent(PARENT), 'TRACESTATE', 'foo=1'], 'foo=1'],
  ['an empty one', state(''), ''],
  ['an empty one behind another', state('foo=1', ''), 'foo=1'],
  ['an empty one before another', state('', 'foo=1'), 'foo=1'],
  ['several, in their order', state('foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'), 'foo=1,bar=2,rojo=1,congo=2,baz=3'],
  ['the same member twice', state('foo=1,foo=1'), ''],
  ['a key twice', state('foo=1,foo=2'), ''],
  ['the same member in two headers', state('foo=1', 'foo=1'), ''],
  ['a key in two headers', state('foo=1', 'foo=2'), ''],
  ['all characters', state(`${KEY}=${VALUE}`), `${KEY}=${VALUE}`],
  ['all characters, with a vendor', state(`${KEY}@a-z0-9_-*/=${VALUE}`), `${KEY}@a-z0-9_-*/=${VALUE}`],
  ['blanks around commas', state('foo=1 \t , \t bar=2, \t baz=3'), 'foo=1,bar=2,baz=3'],
  ['tabs around commas', state('foo=1\t \t,\t \tbar=2,\t \tbaz=3'), 'foo=1,bar=2,baz=3'],
  ['a blank before', state(' foo=1'), 'foo=1'],
  ['a tab before', state('\tfoo=1'), 'foo=1'],
  ['a blank behind', state('foo=1 '), 'foo=1'],
  ['a tab behind', state('foo=1\t'), 'foo=1'],
  ['blanks and tabs around', state('\t foo=1 \t'), 'foo=1'],
  ['a blank in the key', state('foo =1'), ''],
  ['a key in upper case', state('FOO=1'), ''],
  ['a dot in the key', state('foo.bar=1'), ''],
  ['a key with no vendor', state('foo@=1,bar=2'), ''],
  ['a key with a vendor alone', state('@foo=1,bar=2'), ''],
  ['a key with two at signs', state('foo@@bar=1,bar=2'), ''],
  ['a key with two vendors', state('foo@bar@baz=1,bar=2'), ''],
  ['31 members', state(members(31)), members(31)],
  ['32 members, where ours is one too many', state(members(32)), members(31)],
  ['33 members', state(members(33)), ''],
  ['a key of 257 characters', state('foo=1', `${'z'.repeat(257)}=1`), ''],
  ['a tenant of 242 characters', state('foo=1', `${'t'.repeat(242)}@v=1`), ''],
  ['a vendor of 15 characters', state('foo=1', `t@${'v'.repeat(15)}=1`), ''],
  ['a key of 256 characters', state('foo=1', `${'z'.repeat(256)}=1`), `foo=1,${'z'.repeat(256)}=1`],
  [
    'the longest tenant and vendor',
    state(`${'t'.repeat(241)}@${'v'.repeat(14)}=1`),
    `${'t'.repeat(241)}@${'v'.repeat(14)}=1`
  ],
  ['an equals sign in the value', state('foo=bar=baz'), ''],
  ['no value', state('foo=,bar=3'), ''],
  [
    'more than 512 characters: long members go first',
    state(`a=1,b=${'b'.repeat(250)},c=${'c'.repeat(250)},d=4`),
    `a=1,b=${'b'.repeat(250)},d=4`
  ],
  ['ours, from the caller', state('foo=1,perfagent=gateway'), 'foo=1']
]

const TRACEPARENT_FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

describe('W3C trace context', function () {
  this.timeout(20_000)
  let app: App
  let peer: http.Server
  let callback: string
  const seen: Record<string, string>[] = []

  before(async () => {
    app = await runApp('trace-context.js', { env: { PERFAGENT_SERVICE_NAME: 'orders', PERFAGENT_EXPORT: 'none' } })
    peer = http.createServer((req, res) => {
      const names = req.rawHeaders.filter((_, i) => i % 2 === 0).map(name => name.toLowerCase())
      assert.equal(new Set(names).size, names.length, 'a header came twice')
      seen.push(Object.fromEntries(names.map((name, i) => [name, req.rawHeaders[i * 2 + 1]!])))
      req.resume()
      res.end()
    })
    peer.listen(0, '127.0.0.1')
    await once(peer, 'listening')
    callback = `http://127.0.0.1:${(peer.address() as AddressInfo).port}/`
  })
  after(async () => {
    await app.stop()
    peer.closeAllConnections()
    peer.close()
  })

  async function called(by: string, headers: string[], times = 1): Promise<Record<string, string>[]> {
    seen.length = 0
    const body = JSON.stringify(Array.from({ length: times }, () => ({ url: callback, arguments: [] })))
    const all = ['host', 'a', 'connection', 'close', 'content-length', String(body.length), ...headers]
    await app.get(`/${by}`, { method: 'POST', headers: all, body })
    assert.equal(seen.length, times)
    return [...seen]
  }

  const split = ({ traceparent }: Record<string, string>): string[] => {
    const match = TRACEPARENT_FORM.exec(traceparent ?? '')
    assert.ok(match, `traceparent: ${traceparent}`)
    return match.slice(1)
  }

  for (const by of ['http', 'fetch']) {
    describe(`of calls by ${by}`, () => {
      for (const [title, headers, joins] of TRACEPARENT) {
        const expected = joins ? 'the trace goes on' : 'a new trace begins'
        it(`${title}: ${expected}${asInHarness('traceparent', title)}`, async () => {
          const [traceId, spanId] = split((await called(by, headers))[0]!)
          if (joins) assert.equal(traceId, TRACE)
          else assert.ok(!traceId!.includes(TRACE.slice(2, 30)), traceId)
          assert.notEqual(spanId, SPAN)
        })
      }

      for (const [title, headers, goesOn] of TRACESTATE) {
        it(`tracestate, ${title}${asInHarness('tracestate', title)}`, async () => {
          const [headersOfPeer] = await called(by, headers)
          assert.equal(headersOfPeer!['tracestate'], goesOn === '' ? OWN : `${OWN},${goesOn}`)
        })
      }
    })
  }

  for (const by of ['array', 'expect', 'undici']) {
    it(`goes on by ${by === 'undici' ? 'undici' : `http.request, rendered at once (${by})`}`, async () => {
      const [headers] = await called(by, state('foo=1'))
      assert.equal(split(headers!)[0], TRACE)
      assert.equal(headers!['tracestate'], `${OWN},foo=1`)
    })
  }

  it('all 40 cases of the public harness are among these', () => {
    const titles = {
      traceparent: [...TRACEPARENT.map(([title]) => title), MANY],
      tracestate: TRACESTATE.map(([title]) => title)
    }
    const missing = Object.entries(HARNESS).flatMap(([name, all]) =>
      all.filter(title => !titles[headerOf(name)].includes(title))
    )
    assert.deepEqual(missing, [])
    assert.equal(Object.keys(HARNESS).length, 40)
  })

  it(MANY, async () => {
    for (const headers of [parent(PARENT), [], parent(PARENT.replace(TRACE, '0'.repeat(32)))]) {
      const ids = (await called('http', headers, 3)).map(split)
      assert.equal(new Set(ids.map(([traceId]) => traceId)).size, 1)
      assert.equal(new Set(ids.map(([, spanId]) => spanId)).size, 3)
    }
  })

  it('the flags: sampled as the caller decided, random as it knows, others not', async () => {
    for (const [given, handedOn] of [
      ['00', '00'],
      ['01', '01'],
      ['02', '02'],
      ['03', '03'],
      ['ff', '03'],
      ['fc', '00']
    ] as const) {
      const [headers] = await called('http', parent(`00-${TRACE}-${SPAN}-${given}`))
      assert.equal(split(headers!)[2], handedOn, given)
    }
    assert.equal(split((await called('http', []))[0]!)[2], '03', 'of a new trace')
  })

  it('baggage goes on as it came', async () => {
    const baggage = 'userId=alice,serverNode=DF%2028;p=1, isProduction=false'
    assert.equal((await called('http', ['baggage', baggage]))[0]!['baggage'], baggage)
    assert.equal((await called('fetch', ['baggage', 'a=1', 'Baggage', 'b=2']))[0]!['baggage'], 'a=1,b=2')
    assert.equal((await called('http', ['baggage', `a=${'x'.repeat(8200)}`]))[0]!['baggage'], undefined)
  })
})
