// The answers in words: what numbers do not say is said.

import assert from 'node:assert/strict'
import { answer } from '../../lib/fleet/answers.js'
import type { CallSums, ServiceSums, Sums } from '../../lib/fleet/sums.js'
import { asText, inWords } from '../../lib/fleet/words.js'

/** `web`, whose loop is busy for that long in 10 s. */
function toldOf(busySeconds: number, service: Partial<ServiceSums> = {}, calls: Partial<CallSums>[] = []) {
  const web: ServiceSums = {
    service: 'web',
    instances: 1,
    requests: 100,
    failed: 0,
    seconds: 10,
    ownSeconds: 10,
    entryRequests: 100,
    p50Ms: 100,
    p99Ms: 100,
    slowOnly: false,
    byCause: {},
    resources: [{ resource: 'event loop', busySeconds, capacity: 1 }],
    waited: [],
    ...service
  }
  const call = { from: 'web', requests: 100, failed: 0, p50Ms: 1, p99Ms: 1, sampled: false }
  const sums = { fromMs: 0, toMs: 10_000, services: [web], calls: calls.map(each => ({ ...call, ...each })) } as Sums
  return inWords(answer(sums), sums)
}
const noteOf = (...given: Parameters<typeof toldOf>) => toldOf(...given)[1]!.note

describe('who adds the latency', () => {
  it('is told with the largest cause of its slow requests, where that has more than a fifth of them', () => {
    const said = (byCause: Record<string, number>) => toldOf(2, { byCause })[0]!.sentence
    assert.deepEqual(said({ gc: 2, 'cpu.own': 1 }), [
      { strong: 'web' },
      ' adds 100 % of the time',
      ', when slow mostly ',
      { cause: 'gc' },
      '.'
    ])
    const many = { gc: 1, 'cpu.own': 1, threadpool: 1, 'cache.slow': 1, 'db.slow_query': 1 }
    assert.deepEqual(said(many), [{ strong: 'web' }, ' adds 100 % of the time', '.'])
  })
})

describe('who limits the throughput', () => {
  const near = 'Nothing that is measured is near its end'
  const redis = { to: 'redis', system: 'redis', seconds: 9 }
  const sockets = (seconds: number): Partial<ServiceSums> => ({
    byCause: { 'http.socket_wait': seconds, 'cpu.own': 1 }
  })

  it('is not more than that where nothing else is known', () => assert.equal(noteOf(2), `${near}.`))

  it('may be much further where there are few requests, and a loop also does other things', () => {
    const few =
      'With so few requests the loop’s other work, like timers and its start, weighs as much as they do and is counted as theirs: web may well take more.'
    assert.deepEqual(
      [noteOf(2, { requests: 20 }), noteOf(2, { requests: 50 }), noteOf(8, { requests: 20 })],
      [`${near}. ${few}`, `${near}.`, undefined]
    )
    const resources = [{ resource: 'pool db', busySeconds: 2, capacity: 1 }]
    assert.equal(noteOf(2, { requests: 20, resources }), `${near}.`)
  })

  it('may be what is called and tells nothing', () => {
    const calls = [{ to: 'orders', system: 'service', seconds: 20 }, redis, { ...redis, to: 'mongodb', seconds: 1 }]
    assert.equal(noteOf(2, {}, calls), `${near}. How much more redis can take, which web calls, is not measured.`)
  })

  it('may be what slow requests queue for', () => {
    const said = `${near}, but slow requests of web queue for its sockets, which nobody measures.`
    assert.deepEqual([noteOf(2, sockets(5), [redis]), noteOf(2, sockets(0.1))], [said, `${near}.`])
  })

  it('is not said to be unmeasured where sockets are', () => {
    const resources = [
      { resource: 'event loop', busySeconds: 2, capacity: 1 },
      { resource: 'sockets orders:8080', busySeconds: 6, capacity: 2 }
    ]
    assert.equal(noteOf(2, { ...sockets(5), resources }), `${near}.`)
  })

  it('is no computing where the process had the CPU for less than half of the time in which its loop was busy', () => {
    const noteWith = (cpuSeconds: number) =>
      noteOf(8, {
        resources: [
          { resource: 'event loop', busySeconds: 8, capacity: 1 },
          { resource: 'CPU', busySeconds: cpuSeconds, capacity: 0 }
        ]
      })
    assert.match(noteWith(1)!, /^Its loop was busy for 8 s, but the whole process had the CPU for 1 s alone: mostly/)
    assert.equal(noteWith(7), undefined)
  })

  it('is a host without a CPU for it, where its slow requests say what its thread waited for', () => {
    const resources = [
      { resource: 'event loop', busySeconds: 9, capacity: 1 },
      { resource: 'CPU', busySeconds: 1, capacity: 0 }
    ]
    const noteWith = (byCause: Record<string, number>) => noteOf(9, { resources, byCause })!
    assert.match(
      noteWith({ 'cpu.contended': 6, 'cpu.own': 2, 'http.slow_peer': 50 }),
      /alone: mostly the thread waited for a CPU that others had, as its slow requests say\. Its host is what is full: with a CPU of its own it serves more\.$/
    )
    for (const byCause of [{}, { 'cpu.contended': 2, 'loop.blocked': 6 }] as Record<string, number>[])
      assert.match(noteWith(byCause), /mostly the thread waited, for a CPU that others had or in a call that blocks\.$/)
  })

  it('is said to be in use for longer than it is used, where answers wait for the loop', () => {
    const resources = [
      { resource: 'event loop', busySeconds: 2, capacity: 1 },
      { resource: 'sockets orders:8080', busySeconds: 18, capacity: 2, calls: 100 }
    ]
    const note = (loopWaitSeconds: number) => noteOf(2, { resources, loopWaitSeconds }) ?? ''
    assert.match(note(0.09), /^They are in use for 90 % of the time, in part because answers wait for/)
    assert.equal(note(0.01), '')
  })

  it('is not known of instances that have ended, which is said', () => {
    const loop = { resource: 'event loop', busySeconds: 8, capacity: 0 }
    const cpu = { resource: 'CPU', busySeconds: 8, capacity: 0 }
    for (const resources of [[loop], [loop, cpu]])
      assert.match(noteOf(0, { resources }) ?? '', /and no instance is there any more: perfagent fleet --until/)
    assert.match(noteOf(0, { resources: [cpu] }) ?? '', /and no service sends metrics of its resources\.$/)
  })

  it('has fewer instances now, where more was used than there is', () => {
    assert.match(noteOf(14) ?? '', /^It has fewer instances now than it had in that time/)
    assert.equal(noteOf(10.5), undefined)
  })

  it('is said without a word of that where something is', () => assert.equal(noteOf(7, sockets(5), [redis]), undefined))
})

describe('who adds the latency where nobody works', () => {
  const service = (name: string, ownSeconds: number, between?: ServiceSums['between']) =>
    ({
      service: name,
      ownSeconds,
      byCause: {},
      resources: [],
      waited: [],
      ...(between && { between })
    }) as unknown as ServiceSums
  const way = (seconds: number, ...to: string[]) => [{ to, seconds, waitedSeconds: 0.405, atWorkSeconds: 0.075 }]
  const noteOn = (...services: ServiceSums[]): string | undefined => {
    const sums: Sums = { fromMs: 0, toMs: 10_000, services, calls: [] }
    return inWords(answer(sums), sums)[0]!.note
  }

  it('may be nobody: of time between two services it is said how much there is, and what both saw', () => {
    assert.equal(
      noteOn(service('web', 80, way(64, 'orders')), service('orders', 20)),
      '80 % of what web adds is time between it and orders: it waits 405 ms for a call, and orders is at work for 75 ms of that. ' +
        'There may be a slow or far network, a proxy, a service without perfagent, or new connections that wait while a loop is full for a moment.'
    )
  })

  it('is said of a service that is not the first, too, and of several that nothing tells apart', () => {
    const note = noteOn(service('orders', 60), service('web', 40, way(30, 'a', 'b', 'c', 'd', 'e')))
    assert.match(
      note!,
      /^75 % of what web adds is time between it and those that it calls, a, b, c and 2 more: it waits/
    )
    assert.match(note!, /, and they are at work for 75 ms of that\./)
  })

  it('may be a far network instead of a queue: that is said where the loop is full all the time', () => {
    const mayBeFar = { from: 'web', fastestSeconds: 0.25, atWorkSeconds: 0.02, seconds: 40 }
    assert.equal(
      noteOn({ ...service('orders', 80), mayBeFar }, service('web', 20)),
      'Nearly all calls of web took 250 ms or longer, and orders is at work for 20 ms of one. The rest is told as a queue in front of its loop, which is full nearly all the time; a far network looks the same.'
    )
    assert.equal(
      noteOn({ ...service('orders', 80), mayBeFar: { ...mayBeFar, seconds: 10 } }, service('web', 20)),
      undefined
    )
    assert.equal(noteOn({ ...service('orders', 20), mayBeFar }, service('web', 80)), undefined)
  })

  it('is said without that where little lies between two', () => {
    assert.equal(noteOn(service('orders', 60), service('web', 40, way(7, 'orders'))), undefined)
    assert.equal(noteOn(service('orders', 95), service('web', 5, way(5, 'orders'))), undefined)
  })
})

describe('the answers in a terminal', () => {
  it('begin with how many services there are', () => {
    const first = (services: Partial<ServiceSums>[]): string | undefined =>
      asText(NO_ANSWERS, { fromMs: 0, toMs: 60_000, services: services as ServiceSums[], calls: [] }).split('\n')[0]
    const web = { requests: 120, byCause: {}, resources: [] }
    assert.equal(first([web]), '1 service, 2.0 requests/s over the last 1 min')
    assert.equal(first([web, web]), '2 services, 4.0 requests/s over the last 1 min')
  })
})

const NO_ANSWERS = { latency: [], demands: [], waits: [], uses: [] }
