import assert from 'node:assert/strict'
import { factsOf, routeIn } from '../../lib/api/conventions.js'
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

describe('the route that a framework names on its spans', () => {
  const kit = (route: string, sub?: boolean): SpanAttributes => ({
    'http.route': route,
    ...(sub !== undefined && { 'sveltekit.is_sub_request': sub })
  })
  // scope | attributes | route
  const cases: [string, SpanAttributes, string | undefined][] = [
    ['next.js', { 'next.route': '/orders/[id]' }, '/orders/[id]'],
    ['next.js', { 'http.route': '/orders/[id]' }, undefined],
    ['sveltekit', kit('/docs/[...rest]', false), '/docs/[...rest]'],
    ['sveltekit', kit('/api/items/[id]', true), undefined],
    ['sveltekit', kit('/api/items/[id]'), undefined],
    ['sveltekit', kit('unknown', false), undefined],
    ['another', { ...kit('/docs', false), 'next.route': '/docs' }, undefined]
  ]
  for (const [name, attributes, route] of cases)
    it(`by ${name} with ${JSON.stringify(attributes)}: ${route ?? 'none'}`, () => {
      assert.equal(routeIn({ scope: { name }, attributes } as unknown as SpanDetail), route)
    })
})
