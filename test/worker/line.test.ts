// What a thread of the application says to the agent thread, by a port that a test holds.

import assert from 'node:assert/strict'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Timeline } from '../../lib/types.js'
import { createLine } from '../../lib/worker/line.js'
import type { ToAgentThread } from '../../lib/worker/messages.js'
import { createShared, takeHandedOver, takeUntold } from '../../lib/worker/shared.js'

const slow = (dropped = 0): ToAgentThread => ({
  type: 'slow',
  timeline: { operations: [], dropped: { operations: 0, reports: dropped } } as unknown as Timeline
})

const countTimers = (): number => process.getActiveResourcesInfo().filter(type => type === 'Timeout').length

describe('the line to the agent thread', () => {
  let ours: MessagePort
  let theirs: MessagePort

  beforeEach(() => {
    const { port1, port2 } = new MessageChannel()
    ours = port1
    theirs = port2
  })
  afterEach(() => theirs.close())

  it('tells once what was dropped while there was none, with all that those would have told', () => {
    const line = createLine(createShared(), () => {})
    line.send(slow())
    line.send(slow(2))
    line.open(ours, [])
    line.send(slow(1))
    line.send(slow())
    const told = [theirs, theirs].map(port => receiveMessageOnPort(port)!.message.timeline.dropped.reports)
    assert.deepEqual(told, [5, 0])
    line.close()
  })

  it('leaves in shared memory how many it has not told yet', () => {
    const shared = createShared()
    const line = createLine(shared, () => {})
    line.send(slow(2))
    line.open(ours, [])
    line.send(slow())
    assert.equal(takeHandedOver(shared), 4)
    line.close()
    line.send(slow(1))
    assert.equal(takeUntold(shared), 2)
  })

  it('tells the next agent thread how many went with the one that died', () => {
    const shared = createShared()
    const line = createLine(shared, () => {})
    line.open(ours, [])
    line.send(slow(1))
    line.close()
    const next = new MessageChannel()
    line.open(next.port1, [])
    line.send(slow())
    const told = receiveMessageOnPort(next.port2)?.message
    line.close()
    next.port2.close()
    assert.equal(told.timeline.dropped.reports, 2)
  })

  it('lets nobody wait for an answer that a closed one would have brought', async () => {
    const line = createLine(createShared(), () => {})
    line.open(ours, [])
    const flushed = Promise.all([line.flush(600_000), line.flush(600_000)])
    line.close()
    await flushed
    await line.flush(600_000)
  })

  it('leaves no timer behind that would keep the thread alive once all is answered', async () => {
    const line = createLine(createShared(), () => {})
    line.open(ours, [])
    // Mocha's own has begun then.
    await new Promise(resolve => setImmediate(resolve))
    const before = countTimers()
    const flushed = line.flush(600_000)
    assert.equal(countTimers(), before + 1)
    theirs.postMessage({ type: 'flushed', id: 1 })
    line.drain()
    await flushed
    assert.equal(countTimers(), before)
    line.close()
  })

  it('has room for what comes after one that was closed, whatever had been handed over to that', () => {
    const line = createLine(createShared(), () => {})
    line.open(ours, [])
    line.send({ ...slow(), timeline: { operations: new Array(20_000).fill({}), dropped: {} } } as ToAgentThread)
    line.send(slow())
    line.close()
    const { port1, port2 } = new MessageChannel()
    line.open(port1, [])
    line.send(slow())
    assert.equal(receiveMessageOnPort(port2)!.message.timeline.dropped.reports, 1)
    line.close()
  })

  it('lets nobody wait for long for an agent thread that is gone, nor keeps the thread alive for it', async () => {
    const line = createLine(createShared(), () => {})
    line.open(ours, [])
    await line.flush(0)
    assert.equal((ours as MessagePort & { hasRef(): boolean }).hasRef(), false)
    line.close()
  })

  it('keeps its thread alive as long as an answer is waited for', async () => {
    const line = createLine(createShared(), () => {})
    line.open(ours, [])
    const held: boolean[] = []
    const port = {
      ref: () => held.push(true),
      unref: () => held.push(false)
    }
    Object.assign(ours, port)
    const flushed = [line.flush(1000), line.flush(1000)]
    for (const id of [1, 2]) theirs.postMessage({ type: 'flushed', id })
    line.drain()
    await Promise.all(flushed)
    assert.deepEqual([held[0], held.at(-1)], [true, false])
    line.close()
  })
})
