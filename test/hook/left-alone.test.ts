import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from '../../lib/hook/channels.js'
import { type Watch, wrapMethod, wrapWatched } from '../../lib/hook/index.js'
import type { Instrumentation, TracingSource } from '../../lib/hook/instrumentation.js'
import type { Recorder } from '../../lib/hook/recorder.js'

let names = 0

/** A client whose calls are made in a request for which there is room, or not, and what was told of them. */
function client(query: (...args: unknown[]) => unknown, isFollowed: boolean, more: Partial<TracingSource> = {}) {
  const name = `test:left:${names++}`
  const request = {}
  const told: unknown[] = []
  const recorder: Partial<Recorder<object, object>> = {
    context: new AsyncLocalStorage<object>(),
    beginOperation: () => ({}),
    isFollowed: () => isFollowed,
    requestOf: () => request,
    endOperation: () => told.push('end'),
    acquired: (_operation, connection) => told.push(connection)
  }
  const source: TracingSource = { channel: name, describe: () => ({ kind: 'db', system: 'x' }), ...more }
  const instrumentation: Instrumentation = { name, supports: '', operations: [source] }
  const { stop } = subscribe(instrumentation, recorder as Recorder)
  const run = (wrap: (holder: { query: typeof query }) => void, ...args: unknown[]): unknown => {
    const holder = { query }
    wrap(holder)
    return recorder.context!.run(request, () => holder.query(...args))
  }
  return {
    told,
    stop,
    current: () => recorder.context!.getStore() === request,
    plain: (...args: unknown[]) => run(holder => wrapMethod(holder, 'query', name, () => ({})), ...args),
    watched: (watch: Watch<unknown>) => run(holder => wrapWatched(holder, 'query', name, () => ({}), watch))
  }
}

describe('a call for which there is no room', () => {
  for (const isFollowed of [false, true])
    it(`${isFollowed ? 'is not left alone where there is' : 'has the promise of its library, and nothing waits for it'}`, async () => {
      const promise = Promise.resolve(1)
      const { plain, told, stop } = client(() => promise, isFollowed)
      const result = plain()
      assert.equal(result === promise, !isFollowed)
      assert.equal(await result, 1)
      assert.deepEqual(told, isFollowed ? ['end'] : [])
      stop()
    })

  it('is watched by nobody', async () => {
    const promise = Promise.resolve(1)
    const { watched, stop } = client(() => promise, false)
    const ends: unknown[] = []
    assert.equal(
      watched((_self, _args, end) => {
        ends.push(end)
        return false
      }),
      promise
    )
    assert.deepEqual(ends, [undefined])
    stop()
  })

  it('has its callback called in its request all the same', () => {
    let callBack = (): void => {}
    const { plain, current, stop } = client(callback => {
      callBack = callback as () => void
    }, false)
    let was: boolean | undefined
    plain(() => {
      was = current()
    })
    callBack()
    assert.equal(was, true)
    stop()
  })

  it('tells who got a connection, whom else others would take for its last holder', async () => {
    const connection = {}
    const { plain, told, stop } = client(async () => connection, false, {
      acquires: true
    })
    assert.equal(await plain(), connection)
    assert.deepEqual(told, ['end', connection])
    stop()
  })
})
