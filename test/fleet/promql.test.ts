// Rows of an engine's answers into sums, and these into words.

import assert from 'node:assert/strict'
import { answer } from '../../lib/fleet/answers.js'
import { type Results, type Row, sumsOf } from '../../lib/fleet/promql.js'
import { QUERIES, type QueryName, RULES } from '../../lib/fleet/questions.js'
import type { Sums } from '../../lib/fleet/sums.js'
import { asText } from '../../lib/fleet/words.js'

const EMPTY = Object.fromEntries(Object.keys(QUERIES).map(name => [name, [] as Row[]])) as unknown as Results

const row = (service: string, value: number, labels: Record<string, string> = {}): Row => {
  return { labels: { service_name: service, ...labels }, value }
}
const peer = (service: string, value: number): Row =>
  row(service, value, { server_address: '10.0.0.7', server_port: '80' })
const part = (service: string, name: string, value: number): Row => row(service, value, { perfagent_part: name })
const loop = (service: string, value: number): Row => row(service, value, { perfagent_resource: 'event loop' })

/** In 100 s `web` was asked 1000 times, and asked `orders` as often, which is late and does not know it. */
function shop(more: Partial<Record<QueryName, Row[]>> = {}): Sums {
  const results = {
    ...EMPTY,
    requests: [row('web', 1000), row('orders', 1000)],
    seconds: [row('web', 100), row('orders', 40)],
    parts: [part('web', 'http', 90), part('web', 'own', 10), part('orders', 'own', 40)],
    calls: [row('orders', 1000, { perfagent_caller: 'web' })],
    callSeconds: [row('orders', 40, { perfagent_caller: 'web' })],
    made: [peer('web', 1000)],
    madeSeconds: [peer('web', 90)],
    queried: [row('orders', 3000, { db_system_name: 'postgresql' })],
    queriedSeconds: [row('orders', 6, { db_system_name: 'postgresql' })],
    loopWait: [row('web', 0), row('orders', 0.05)],
    busy: [loop('web', 30), loop('orders', 95)],
    capacity: [loop('web', 1), loop('orders', 1)],
    ...more
  }
  return sumsOf(results, 'service_name', 0, 100_000)
}

describe('sums of an engine', () => {
  it('give the time that requests waited in front of a busy service to that one', () => {
    const own = Object.fromEntries(shop().services.map(({ service, ownSeconds }) => [service, ownSeconds]))
    assert.ok(Math.abs(own['web']! - 10) < 0.01 && Math.abs(own['orders']! - 90) < 0.01, JSON.stringify(own))
  })

  it('leave what lies between two services, and no loop was late for, to the one that waits for it', () => {
    // All of `web`'s sockets are in use, or a service that tells nothing hands each call on: 90 ms of a call, 10 of them at `orders`.
    const own = Object.fromEntries(
      shop({
        seconds: [row('web', 100), row('orders', 10)],
        parts: [part('web', 'http', 90), part('web', 'own', 10), part('orders', 'own', 10)],
        callSeconds: [row('orders', 10, { perfagent_caller: 'web' })],
        loopWait: [row('web', 0.001), row('orders', 0.001)]
      }).services.map(({ service, ownSeconds }) => [service, ownSeconds])
    )
    assert.ok(own['orders']! >= 10 && own['orders']! < 20, JSON.stringify(own))
    assert.ok(Math.abs(own['web']! + own['orders']! - 100) < 0.01, JSON.stringify(own))
  })

  it('count what a service calls of itself as its calls, and what it waits for these once', () => {
    const { services, calls } = shop({
      requests: [row('web', 2000)],
      seconds: [row('web', 190)],
      parts: [part('web', 'http', 90), part('web', 'own', 100)],
      calls: [row('web', 1000, { perfagent_caller: 'web' })],
      callSeconds: [row('web', 90, { perfagent_caller: 'web' })],
      queried: [],
      loopWait: []
    })
    assert.deepEqual(
      calls.map(({ from, to, system }) => [from, to, system]),
      [['web', 'web', 'service']]
    )
    assert.deepEqual([Math.round(services[0]!.ownSeconds), services[0]!.entryRequests], [100, 1000])
  })

  it('tell by which files and for which routes a name may be that of two programs', () => {
    const main = (file: string): Row => row('web', 500, { process_command: file })
    const reach = (route: string, share: number): Row => row('web', share, { http_route: route })
    const told = (more: Partial<Record<QueryName, Row[]>>) => shop(more).services.map(({ oneName }) => oneName)
    assert.deepEqual(told({}), [undefined, undefined])
    assert.deepEqual(told({ mains: [main('/a/web.js'), main('/b/pay.js')] })[0]?.mains, ['web.js', 'pay.js'])
    const callsItself = { calls: [row('web', 100, { perfagent_caller: 'web' })] }
    const halves = [reach('/a', 0.5), reach('/b', 0.5)]
    const most = (route: string, id: string): Row => row('web', 500, { http_route: route, service_instance_id: id })
    const routesOf = (...reachedMost: Row[]) => told({ reach: halves, reachedMost, ...callsItself })[0]?.routes
    assert.deepEqual(routesOf(most('/a', 'one'), most('/b', 'two')), ['/a', '/b'])
    assert.equal(routesOf(most('/a', 'one'), most('/b', 'one')), undefined)
  })

  it('know what the fastest calls took at least, and so how much of a queue is the way there', () => {
    const betweenOf = (fastest: Row[]) =>
      shop({
        seconds: [row('web', 1000), row('orders', 40)],
        parts: [part('web', 'http', 990)],
        madeSeconds: [peer('web', 990)],
        busy: [loop('web', 10), loop('orders', 76)],
        fastest
      }).services[0]!.between?.map(({ to, seconds }) => [...to, Math.round(seconds)])
    assert.equal(betweenOf([]), undefined)
    // Of 250 ms the work, and what `web` may have computed meanwhile.
    assert.deepEqual(betweenOf([peer('web', 0.3)]), [['orders', 200]])
  })

  /** 100 times in 100 s `web` is asked, awaits `price` for 100 ms of 120, and calls so much of `audit` beside it. */
  function beside(audit: number, waited: number, more: Partial<Record<QueryName, Row[]>> = {}): Record<string, number> {
    const { services } = shop({
      requests: [row('web', 100), row('price', 100), row('audit', 100)],
      seconds: [row('web', waited + 2), row('price', 10), row('audit', audit)],
      parts: [part('web', 'http', waited), part('web', 'own', 2)],
      calls: ['price', 'audit'].map(to => row(to, 100, { perfagent_caller: 'web' })),
      callSeconds: [row('price', 10, { perfagent_caller: 'web' }), row('audit', audit, { perfagent_caller: 'web' })],
      made: [],
      madeSeconds: [],
      loopWait: [],
      ...more
    })
    return Object.fromEntries(services.map(({ service, ownSeconds }) => [service, Math.round(ownSeconds * 100) / 100]))
  }

  it('give nothing of the latency to a call that takes longer than requests wait for calls at all', () => {
    assert.deepEqual(beside(60, 10), { web: 2, price: 10, audit: 0 })
  })

  it('give such a call what the others leave, which those requests waited for that did await it', () => {
    assert.deepEqual(beside(60, 40), { web: 2, price: 10, audit: 30 })
  })

  it('give all of the waiting to the calls that requests await, one after the other or at once', () => {
    assert.deepEqual(beside(60, 70), { web: 2, price: 10, audit: 60 })
    assert.deepEqual(beside(60, 63), { web: 2, price: 9, audit: 54 })
  })

  it('do not take several calls at once for calls in passing', () => {
    // Five of each request at once, 80 ms each, after `price`.
    const calls = [row('price', 100, { perfagent_caller: 'web' }), row('audit', 500, { perfagent_caller: 'web' })]
    assert.ok(beside(40, 18, { calls })['audit']! > 10)
  })

  it('give a call in passing nothing of what requests wait for a stranger', () => {
    const callers = [row('audit', 100, { perfagent_caller: 'web' })]
    const told = { calls: callers, callSeconds: [row('audit', 60, { perfagent_caller: 'web' })] }
    const at = (address: string, value: number): Row => row('web', value, { server_address: address })
    const made = { made: [at('audit', 100), at('stranger', 100)], madeSeconds: [at('audit', 60), at('stranger', 10)] }
    assert.equal(beside(60, 10, { ...told, ...made })['audit'], 0)
  })

  it('know calls between services once, and what else is called', () => {
    const calls = shop().calls.map(({ from, to, system, requests }) => [from, to, system, requests])
    assert.deepEqual(calls, [
      ['web', 'orders', 'service', 1000],
      ['orders', 'postgresql', 'postgresql', 3000]
    ])
    const stranger = shop({ made: [peer('web', 1500)] }).calls.find(({ system }) => system === 'http')
    assert.deepEqual([stranger?.from, stranger?.to, stranger?.requests], ['web', '10.0.0.7:80', 1500])
  })

  it('know how many requests came from outside: those that no service of the system has made', () => {
    const entered = (orders: number) =>
      shop({ requests: [row('web', 1000), row('orders', orders)] }).services.map(({ entryRequests }) => entryRequests)
    // Collections of both ends are not of the same moment.
    assert.deepEqual(
      [entered(1200), entered(990)],
      [
        [1000, 200],
        [1000, 0]
      ]
    )
  })

  it('know how many calls sockets were for', () => {
    const sockets = row('web', 60, { perfagent_resource: 'sockets 10.0.0.7:80' })
    const web = shop({ busy: [sockets], capacity: [{ ...sockets, value: 2 }] }).services.find(
      each => each.service === 'web'
    )
    assert.deepEqual(
      web!.resources.map(({ resource, capacity, calls }) => [resource, capacity, calls]),
      [['sockets 10.0.0.7:80', 2, 1000]]
    )
  })

  it('know the instance that has most to do', () => {
    const sums = shop({
      instances: [row('orders', 2)],
      busy: [loop('orders', 100)],
      busiest: [loop('orders', 95)],
      capacity: [loop('orders', 2)]
    })
    assert.match(
      asText(answer(sums), sums),
      /orders has saturated its event loop, in one instance, at about 10\.5 requests\/s; it serves 10\.0\.[\s\S]*instances differ/
    )
  })

  it('are said in a terminal', () => {
    const sums = shop()
    assert.equal(
      asText(answer(sums), sums),
      [
        '2 services, 20.0 requests/s over the last 1.7 min',
        '',
        'Who adds the latency',
        '  orders adds 90 % of the time.',
        '    orders   90 %  90 s',
        '    web      10 %  10 s',
        '',
        'Who limits the throughput',
        '  orders has saturated its event loop at about 10.5 requests/s; it serves 10.0.',
        '    orders, event loop   95 %  10.5/s',
        '    web, event loop      30 %  33.3/s',
        '',
        'Who uses the resources',
        '  orders uses 76 % of the event loop: 95 s.',
        '    orders   76 %  95 s',
        '    web      24 %  30 s'
      ].join('\n')
    )
  })
})

describe('recording rules', () => {
  const asking = { by: 'service_name', windowSeconds: 900, matching: '', recorded: true }

  it('are asked for as much as each of their rounds stands for', () => {
    for (const { record, everySeconds } of RULES.filter(({ record }) => record.endsWith(':rate5m'))) {
      const query = Object.values(QUERIES)
        .map(query => query(asking))
        .find(text => text.includes(record))
      assert.ok(query?.includes(`sum_over_time(${record}[900s]) * ${everySeconds}`), `${record}: ${query}`)
    }
  })

  it('are asked for the mean of what is late, and for the last word on what there is', () => {
    const { loopWait, capacity, instances } = QUERIES
    assert.deepEqual(
      [loopWait, capacity, instances].map(query => query(asking)),
      [
        'avg_over_time(service_name:perfagent_loop_wait:avg5m[900s])',
        'service_name:perfagent_capacity:sum',
        'service_name:perfagent_instances:count'
      ]
    )
  })
})
