import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import fs from 'node:fs'
import { mock } from 'node:test'
import { isWrapped } from '@opentelemetry/instrumentation'
import { type Watch, wrapMethod, wrapWatched } from '../../lib/hook/index.js'

interface Message {
  error?: Error
  result?: unknown
}
type Event = [name: string, message: Message]

let names = 0

/** A client whose `query` is wrapped (watched by `watch` if there is one), and the events that it publishes. */
function wrapped(query: (...args: unknown[]) => unknown, watch?: Watch<unknown>) {
  const name = `test:wrap:${names++}`
  const client = { query }
  if (watch) wrapWatched(client, 'query', name, () => ({}), watch)
  else wrapMethod(client, 'query', name, () => ({}))
  const events: Event[] = []
  for (const event of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
    channel(`tracing:${name}:${event}`).subscribe(message => events.push([event, message as Message]))
  }
  return { client, events, told: () => events.map(([event]) => event) }
}

describe('a wrapped method', () => {
  afterEach(() => mock.restoreAll())

  it('ends when its callback is called, which keeps this, arguments and result', () => {
    const { client, told } = wrapped((text, callback) => {
      ;(callback as (...args: unknown[]) => unknown).call('self', null, text)
      return 'returned'
    })
    let seen: unknown[] = []
    const result = client.query('select', function (this: unknown, ...args: unknown[]) {
      seen = [String(this), ...args]
    })
    assert.equal(result, 'returned')
    assert.deepEqual(seen, ['self', null, 'select'])
    assert.deepEqual(told(), ['start', 'asyncStart', 'asyncEnd', 'end'])
  })

  it('ends when its promise is settled', async () => {
    const { client, told, events } = wrapped(async text => text)
    assert.equal(await client.query('select'), 'select')
    assert.deepEqual(told(), ['start', 'end', 'asyncStart', 'asyncEnd'])
    assert.equal(events.at(-1)![1].result, 'select')
  })

  it('ends when its promise is settled, also where AsyncLocalStorage marks promises with symbols', async () => {
    const { client, told } = wrapped(async text => text)
    await new AsyncLocalStorage<number>().run(1, () => client.query('select'))
    assert.deepEqual(told(), ['start', 'end', 'asyncStart', 'asyncEnd'])
  })

  it('passes a rejection on and tells it', async () => {
    const failure = new Error('gone')
    const { client, events, told } = wrapped(() => Promise.reject(failure))
    await assert.rejects(client.query() as Promise<unknown>, failure)
    assert.deepEqual(told(), ['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    assert.equal(events[0]![1].error, failure)
  })

  it('leaves a rejection that nobody handles unhandled', async () => {
    const { client } = wrapped(() => Promise.reject(new Error('nobody cares')))
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    const unhandled = new Promise<Error>(resolve =>
      process.once('unhandledRejection', resolve as (reason: unknown) => void)
    )
    client.query()
    assert.equal((await unhandled).message, 'nobody cares')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  })

  it('throws what the original throws', () => {
    const { client, told } = wrapped(() => {
      throw new TypeError('bad query')
    })
    assert.throws(() => client.query(), { name: 'TypeError', message: 'bad query' })
    assert.deepEqual(told(), ['start', 'error', 'end'])
  })

  it('never calls then of a lazy thenable', () => {
    // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
    const lazy = { then: () => assert.fail('it was run') }
    const { client } = wrapped(() => lazy)
    assert.equal(client.query(), lazy)
  })

  it('returns a promise with extras as it is', () => {
    const promise = Object.assign(Promise.resolve(1), { cancel: () => {} })
    const { client } = wrapped(() => promise)
    assert.equal(client.query(), promise)
  })

  it('keeps name, length and own properties', () => {
    function query(_text: unknown, _values: unknown): void {}
    query.format = 'sql'
    const { client } = wrapped(query as never)
    assert.equal(client.query.name, 'query')
    assert.equal(client.query.length, 2)
    assert.equal((client.query as unknown as typeof query).format, 'sql')
  })

  it('can be replaced and taken off by others, also where the original could not', () => {
    const client = { query: () => 'ours' }
    Object.defineProperty(client, 'query', { writable: false })
    wrapMethod(client, 'query', 'test:wrap:replaced', () => undefined)
    assert.deepEqual(
      { ...Object.getOwnPropertyDescriptor(client, 'query'), value: client.query() },
      { value: 'ours', writable: true, enumerable: true, configurable: true }
    )
  })

  it("is not taken off by OpenTelemetry's instrumentations, which take off what is marked as wrapped", () => {
    const { client } = wrapped(() => {})
    assert.equal(isWrapped(client.query), false)
  })

  it('does nothing but call the original while nobody subscribes', () => {
    const client = { query: (text: string) => text }
    wrapMethod(client, 'query', 'test:wrap:nobody', () => assert.fail('described'))
    assert.equal(client.query('select'), 'select')
  })

  it('survives a description that throws, gives up after three, and says so once', () => {
    const { mock: said } = mock.method(fs, 'writeSync', () => 0)
    let described = 0
    const client = { query: (text: string) => text }
    wrapMethod(client, 'query', 'test:wrap:throws', () => {
      described++
      throw new Error('not today')
    })
    channel('tracing:test:wrap:throws:start').subscribe(() => {})
    for (let i = 0; i < 10; i++) assert.equal(client.query('select'), 'select')
    assert.equal(described, 3)
    assert.deepEqual(
      said.calls.map(call => call.arguments[1]),
      ['[perfagent] test:wrap:throws failed 3 times and is switched off: not today\n']
    )
  })

  it('survives an ending that throws: the call ends as if there were none', () => {
    const told: string[] = []
    for (const name of ['start', 'asyncEnd'])
      channel(`tracing:test:wrap:ending:${name}`).subscribe(() => told.push(name))
    const { mock: said } = mock.method(fs, 'writeSync', () => 0)
    const client = { query: (text: string) => ({ text }) }
    wrapMethod(
      client,
      'query',
      'test:wrap:ending',
      () => ({}),
      () => {
        throw new Error('not today')
      }
    )
    for (let i = 0; i < 4; i++) assert.deepEqual(client.query('select'), { text: 'select' })
    assert.deepEqual(told, ['start', 'asyncEnd', 'start', 'asyncEnd', 'start', 'asyncEnd'])
    assert.deepEqual(
      said.calls.map(call => call.arguments[1]),
      ['[perfagent] test:wrap:ending failed 3 times and is switched off: not today\n']
    )
  })

  it('has ended also where its callback throws, which goes on', () => {
    const told: string[] = []
    const names = ['start', 'end', 'asyncStart', 'asyncEnd'] as const
    const heard = names.map(name => {
      const listener = (): unknown => told.push(name)
      channel(`tracing:perfagent:throwing:${name}`).subscribe(listener)
      return () => channel(`tracing:perfagent:throwing:${name}`).unsubscribe(listener)
    })
    const client = { query: (callback: () => void) => callback() }
    wrapMethod(client, 'query', 'perfagent:throwing', () => ({}))
    const thrown = new Error('theirs')
    const callback = (): never => {
      throw thrown
    }
    assert.throws(
      () => client.query(callback),
      error => error === thrown
    )
    for (const stop of heard) stop()
    assert.deepEqual(told, ['start', 'asyncStart', 'asyncEnd', 'end'])
  })

  it('shows in a loop over names as it did where it was inherited from', () => {
    class Client {
      query(): void {}
    }
    const plain = { query() {} }
    const namesOf = (holder: object): string[] => {
      const names: string[] = []
      for (const name in holder) names.push(name)
      return names
    }
    for (const holder of [new Client(), Object.create(plain) as object]) {
      const before = namesOf(holder)
      wrapMethod(holder, 'query', 'perfagent:inherited', () => ({}))
      assert.deepEqual(namesOf(holder), before)
    }
  })

  it('is false for what is no function', () =>
    assert.equal(
      wrapMethod({}, 'query', 'test:wrap:none', () => ({})),
      false
    ))
})

describe('a watched method', () => {
  it('ends when its watch says so, once, also before it returns', () => {
    const { client, told } = wrapped(
      command => (command as () => void)(),
      (_self, args, end) => {
        args[0] = () => {
          end!()
          end!()
        }
        return true
      }
    )
    client.query(() => assert.fail('not replaced'))
    assert.deepEqual(told(), ['start', 'asyncStart', 'asyncEnd'])
  })

  it('returns the very promise when nothing but the watch ends it', async () => {
    const promise = Promise.resolve(1)
    const { client, told } = wrapped(
      () => promise,
      () => true
    )
    assert.equal(client.query(), promise)
    await promise
    assert.deepEqual(told(), ['start'])
  })

  it('ends when its promise is settled, if the watch leaves that to it', async () => {
    const failure = new Error('gone')
    const { client, told, events } = wrapped(
      () => Promise.reject(failure),
      () => false
    )
    await assert.rejects(client.query() as Promise<unknown>, failure)
    assert.deepEqual(told(), ['start', 'error', 'asyncStart', 'asyncEnd'])
    assert.equal(events[0]![1].error, failure)
  })

  it('throws what the original throws, and has ended', () => {
    const { client, told } = wrapped(
      () => {
        throw new TypeError('bad query')
      },
      () => true
    )
    assert.throws(() => client.query(), { name: 'TypeError', message: 'bad query' })
    assert.deepEqual(told(), ['start', 'error', 'asyncStart', 'asyncEnd'])
  })

  it('survives a watch that throws', () => {
    const { client, told } = wrapped(
      text => text,
      () => {
        throw new Error('not today')
      }
    )
    assert.equal(client.query('select'), 'select')
    assert.deepEqual(told(), ['start', 'asyncStart', 'asyncEnd'])
  })
})
