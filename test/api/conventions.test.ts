import assert from 'node:assert/strict'
import { factsOf } from '../../lib/api/conventions.js'
import type { SpanAttributes, SpanDetail } from '../../lib/types.js'

const CLIENT = 3
const PRODUCER = 4

describe('what a span of somebody else was', () => {
  // kind of span | attributes | kind, text and target of the operation
  const cases: [number, SpanAttributes, [string, string | undefined, string | undefined]][] = [
    [CLIENT, { 'db.system.name': 'redis', 'db.query.text': 'GET k' }, ['cache', 'GET k', undefined]],
    [CLIENT, { 'db.system': 'redis' }, ['cache', 'work', undefined]],
    [
      CLIENT,
      { 'db.system.name': 'postgresql', 'server.address': 'db', 'server.port': 5432, 'db.namespace': 'shop' },
      ['db', undefined, 'db:5432/shop']
    ],
    [
      CLIENT,
      {
        'db.system': 'postgresql',
        'net.peer.name': 'db',
        'net.peer.port': 5432,
        'db.name': 'shop',
        'db.statement': 'S'
      },
      ['db', 'S', 'db:5432/shop']
    ],
    [0, { 'db.system.name': 'postgresql' }, ['custom', 'work', undefined]],
    [CLIENT, { 'http.method': 'GET', 'http.url': 'http://a/', 'net.peer.name': 'a' }, ['http', 'GET http://a/', 'a']],
    [PRODUCER, { 'messaging.system': 'kafka', 'messaging.destination': 'jobs' }, ['message', 'send jobs', undefined]],
    [CLIENT, {}, ['custom', 'work', undefined]]
  ]
  for (const [kind, attributes, expected] of cases) {
    const span = { name: 'work', kind, attributes } as unknown as SpanDetail
    it(`of kind ${kind} with ${Object.keys(attributes).join(', ') || 'nothing'}: ${expected.join(' ')}`, () => {
      const facts = factsOf(span, false)
      assert.deepEqual([facts.kind, facts.text, facts.target], expected)
    })
  }

  it('is the work around, where another was timed inside', () => {
    const span = { name: 'work', kind: CLIENT, attributes: { 'db.system': 'redis' } } as unknown as SpanDetail
    assert.equal(factsOf(span, true).kind, 'custom')
  })
})
