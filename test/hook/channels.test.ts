// What instrumentations name, subscribed to real channels, and what a recorder is told by their messages.

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { mock } from 'node:test'
import { subscribe } from '../../lib/hook/channels.js'
import { wrapMethod } from '../../lib/hook/index.js'
import type { OperationSource } from '../../lib/hook/instrumentation.js'
import type { Recorder } from '../../lib/hook/recorder.js'
import type { OperationFacts } from '../../lib/types.js'

/** What a recorder is told, in order; it numbers operations as they begin. */
function toldOf(source: OperationSource, work: () => void): string[] {
  const told: string[] = []
  let begun = 0
  const recorder: Partial<Recorder<object, { number: number }>> = {
    context: new AsyncLocalStorage<object>(),
    beginOperation(_request, { text }) {
      told.push(`begin ${++begun} ${text}`)
      return { number: begun }
    },
    isFollowed: () => true,
    leftUnread: ({ number }) => told.push(`unread ${number}`),
    mark: ({ number }, mark) => told.push(`${mark} ${number}`),
    endOperation: ({ number }) => told.push(`end ${number}`)
  }
  const { stop } = subscribe({ name: 'calls', supports: 'calls', operations: [source] }, recorder as Recorder)
  recorder.context!.run({}, work)
  stop()
  return told
}

const describeCall = ({ text }: { text: string }): OperationFacts => ({ kind: 'custom', system: 'calls', text })

describe('an object that a library uses for one call after the other', () => {
  it('as the key of plain channels stands for the last call: marks and ends are told of that', () => {
    const connection = {}
    const source: OperationSource = {
      start: 'calls:start',
      marks: { 'calls:sent': 'sent' },
      end: ['calls:end'],
      key: (message: { connection: object }) => message.connection,
      describe: describeCall
    }
    const publish = (event: string, text = ''): void => channel(`calls:${event}`).publish({ connection, text })
    const told = toldOf(source, () => {
      for (const text of ['first', 'second']) {
        publish('start', text)
        publish('sent')
        publish('end')
      }
    })
    assert.deepEqual(told, ['begin 1 first', 'sent 1', 'end 1', 'begin 2 second', 'sent 2', 'end 2'])
  })

  it('as the key of plain channels leads to nothing any more once its call has ended', () => {
    const request = {}
    const source: OperationSource = {
      start: 'calls:start',
      marks: { 'calls:sent': 'sent' },
      end: ['calls:end'],
      key: (message: { request: object }) => message.request,
      describe: describeCall
    }
    const told = toldOf(source, () => {
      for (const event of ['start', 'end', 'sent', 'end']) channel(`calls:${event}`).publish({ request, text: 'only' })
    })
    assert.deepEqual(told, ['begin 1 only', 'end 1'])
  })

  it('as the message of a tracing channel is what marks are told by, while the call is under way', () => {
    const { start, asyncStart } = tracingChannel('calls')
    const [known, unknown] = [{ text: 'known' }, { text: 'unknown' }]
    const source: OperationSource = { channel: 'calls', describe: describeCall, marks: { 'calls:sent': 'sent' } }
    const told = toldOf(source, () => {
      start.publish(known)
      for (const message of [unknown, known]) channel('calls:sent').publish(message)
      asyncStart.publish(known)
    })
    assert.deepEqual(told, ['begin 1 known', 'sent 1', 'end 1'])
  })

  it('as the message of a tracing channel stands for the last call', () => {
    const { start, asyncStart } = tracingChannel('calls')
    const message = { text: 'again' }
    const told = toldOf({ channel: 'calls', describe: describeCall }, () => {
      for (let call = 0; call < 2; call++) {
        start.publish(message)
        asyncStart.publish(message)
      }
    })
    assert.deepEqual(told, ['begin 1 again', 'end 1', 'begin 2 again', 'end 2'])
  })
})

describe('a call that is over when it returns', () => {
  it('has ended if a library says so, also without a result', () => {
    const told = toldOf({ channel: 'calls', describe: describeCall }, () => {
      tracingChannel('calls').traceSync(() => {}, { text: 'nothing' })
    })
    assert.deepEqual(told, ['begin 1 nothing', 'end 1'])
  })

  it('has ended if it is wrapped and throws, whatever that is', () => {
    const throwing = {
      call(thrown: unknown) {
        throw thrown
      }
    }
    wrapMethod(throwing, 'call', 'perfagent:calls', () => ({ text: 'thrown' }))
    const told = toldOf({ channel: 'perfagent:calls', describe: describeCall }, () => {
      for (const thrown of [new Error('theirs'), undefined]) {
        assert.throws(
          () => throwing.call(thrown),
          error => error === thrown
        )
      }
    })
    assert.deepEqual(told, ['begin 1 thrown', 'end 1', 'begin 2 thrown', 'end 2'])
  })
})

describe('a call on a connection that answers in order', () => {
  /** Who is told to stand in line, and to leave it, of calls in a request and outside any. */
  function toldOf(isFollowed: boolean, described: OperationFacts | undefined) {
    const told: unknown[] = []
    const context = new AsyncLocalStorage<object>()
    const recorder: Partial<Recorder<object, { of: string }>> = {
      context,
      beginOperation: () => ({ of: 'request' }),
      isFollowed: () => isFollowed,
      stand: ({ of }, connection) => told.push(of, connection),
      standOutside(connection, _request, describe) {
        told.push('outside', connection, describe()?.text)
        return { of: 'outside' }
      },
      leave: place => told.push(place),
      endOperation: ({ of }) => told.push(`end of ${of}`),
      requestOf: () => ({})
    }
    const source: OperationSource = {
      channel: 'calls',
      describe: () => described,
      inOrder: ({ connection }: { connection?: string }) => connection as object | undefined
    }
    const { stop } = subscribe({ name: 'calls', supports: 'calls', operations: [source] }, recorder as Recorder)
    const call = (connection?: string): void => {
      const message = { connection }
      tracingChannel('calls').start.publish(message)
      tracingChannel('calls').asyncStart.publish(message)
    }
    context.run({}, call, 'a')
    context.run({}, call)
    call('b')
    call()
    stop()
    return told
  }

  it('stands in its line until it is over, outside any request too', () =>
    assert.deepEqual(toldOf(true, describeCall({ text: 'GET' })), [
      ...['request', 'a', 'end of request'],
      'end of request',
      ...['outside', 'b', 'GET', { of: 'outside' }]
    ]))

  it('stands in no line where nobody waits for its end', () =>
    assert.deepEqual(toldOf(false, describeCall({ text: 'GET' })).slice(0, 2), ['end of request', 'end of request']))
})

describe('the callback of a wrapped method', () => {
  const request = {}
  const context = new AsyncLocalStorage<object>()
  const recorder: Partial<Recorder> = {
    context,
    beginOperation: () => ({}),
    isFollowed: () => true,
    endOperation() {},
    requestOf: () => request
  }

  /** A client whose socket answers when it is told to, and what is current in the callback. */
  function connected() {
    const { stop } = subscribe(
      { name: 'calls', supports: 'calls', operations: [{ channel: 'perfagent:calls', describe: describeCall }] },
      recorder as Recorder
    )
    let answer = (): void => {}
    let seen: unknown = 'never called'
    const client = {
      query(callback: () => void) {
        answer = callback
      }
    }
    wrapMethod(client, 'query', 'perfagent:calls', () => ({}))
    const query = (): void =>
      client.query(() => {
        seen = context.getStore()
      })
    return { query, answer: () => answer(), seen: () => seen, stop }
  }

  afterEach(() => mock.restoreAll())

  it('runs in the request that called it, where the socket calls it from no context', () => {
    const { query, answer, seen, stop } = connected()
    context.run(request, query)
    answer()
    assert.equal(seen(), request)
    stop()
  })

  it('enters no context where the right one is current', () => {
    const { query, answer, seen, stop } = connected()
    context.run(request, () => {
      const run = mock.method(context, 'run')
      query()
      answer()
      assert.equal(run.mock.callCount(), 0)
    })
    assert.equal(seen(), request)
    stop()
  })

  it('passes when nobody listens any more', () => {
    const { query, answer, seen, stop } = connected()
    context.run(request, query)
    stop()
    answer()
    assert.equal(seen(), undefined)
  })
})

describe('who holds a connection', () => {
  // what the wait ended with | whether that is a connection
  const outcomes: [string, object, boolean][] = [
    ['a connection', { result: {} }, true],
    ['an error', { error: new Error('timeout'), result: undefined }, false],
    ['nothing', { result: null }, false]
  ]
  for (const [what, outcome, expected] of outcomes) {
    it(`is ${expected ? '' : 'not '}whoever waited for ${what}`, () => {
      const { start, asyncStart } = tracingChannel<object>('calls')
      let holders = 0
      const context = new AsyncLocalStorage<object>()
      const recorder = {
        context,
        beginOperation: () => ({}),
        isFollowed: () => true,
        endOperation() {},
        requestOf: () => ({}),
        acquired: () => holders++
      } as unknown as Recorder
      const source: OperationSource = { channel: 'calls', describe: describeCall, acquires: true }
      const { stop } = subscribe({ name: 'calls', supports: 'calls', operations: [source] }, recorder)
      const message = {}
      context.run({}, () => start.publish(message))
      asyncStart.publish(Object.assign(message, outcome))
      stop()
      assert.equal(holders, expected ? 1 : 0)
    })
  }

  it('is whoever it is being opened for', () => {
    const { start, end } = tracingChannel<object>('calls')
    const operation = {}
    const connection = {}
    const holders: unknown[] = []
    const context = new AsyncLocalStorage<object>()
    const recorder = {
      context,
      beginOperation: () => operation,
      isFollowed: () => true,
      requestOf: () => ({}),
      acquired: (taker: object, taken: object) => holders.push(taker, taken)
    } as unknown as Recorder
    const opening = (message: { opened?: object }) => message.opened
    const source: OperationSource = { channel: 'calls', describe: describeCall, acquires: true, opening }
    const { stop } = subscribe({ name: 'calls', supports: 'calls', operations: [source] }, recorder)
    for (const message of [{}, { opened: connection }]) {
      context.run({}, () => start.publish(message))
      end.publish(message)
    }
    stop()
    assert.deepEqual(holders, [operation, connection])
  })

  it('is code outside any request that has waited for it, no more the request that had it before', () => {
    const { start, asyncStart } = tracingChannel<object>('calls')
    const outside = { request: undefined, askedAt: 'refresh' }
    const holders: unknown[] = []
    const recorder = {
      context: new AsyncLocalStorage<object>(),
      beginOperation: () => assert.fail('no request'),
      endOperation: () => assert.fail('no operation'),
      askOutside: () => outside,
      acquired: (taker: object, connection: object) => holders.push(taker, connection)
    } as unknown as Recorder
    const source: OperationSource = { channel: 'calls', describe: describeCall, acquires: true }
    const { stop } = subscribe({ name: 'calls', supports: 'calls', operations: [source] }, recorder)
    const message = {}
    const connection = {}
    start.publish(message)
    asyncStart.publish(Object.assign(message, { result: connection }))
    stop()
    assert.deepEqual(holders, [outside, connection])
  })
})
