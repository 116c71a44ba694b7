// The door of requests with a recorder that keeps what it is told.

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestFacts } from '../../lib/hook/instrumentation.js'
import type { Recorder } from '../../lib/hook/recorder.js'
import { requestDoor } from '../../lib/hook/requests.js'

function openDoor(name: string) {
  const told: string[] = []
  let begun = 0
  const context = new AsyncLocalStorage<{ number: number }>()
  const recorder = (who = ''): Recorder =>
    ({
      context,
      beginRequest() {
        told.push(`${who}begin ${++begun}`)
        return { number: begun }
      },
      endFirstTurn: ({ number }: { number: number }) => told.push(`${who}turn ${number}`),
      endRequest: ({ number }: { number: number }, status: number | null) => told.push(`${who}end ${number} ${status}`)
    }) as unknown as Recorder
  const door = requestDoor<object>(name, () => ({}) as RequestFacts)
  const current = (): string => String(context.getStore()?.number)
  /** A handler that says in which request it runs. */
  const handler = (name: string, inner = () => {}) =>
    function (this: unknown) {
      told.push(`${name} in ${current()}`)
      inner()
      return name
    }
  return { told, recorder, door, handler }
}

describe('the door of requests', () => {
  it('begins one at the first handler, whose turn ends when that has returned', () => {
    const { told, recorder, door, handler } = openDoor('door-one')
    door.open(recorder())
    const exchange = {}
    // 'checkContinue' emits 'request' for the same exchange.
    const inner = (): unknown => door.run(exchange, handler('request'), undefined, [])
    assert.equal(door.run(exchange, handler('checkContinue', inner), undefined, []), 'checkContinue')
    door.run(exchange, handler('later'), undefined, [])
    assert.deepEqual(told, ['begin 1', 'checkContinue in 1', 'request in 1', 'turn 1', 'later in 1'])
  })

  it('ends the first turn of a handler that throws', () => {
    const { told, recorder, door } = openDoor('door-throws')
    door.open(recorder())
    const thrown = new Error('theirs')
    const call = (): never => {
      throw thrown
    }
    assert.throws(
      () => door.run({}, call, undefined, []),
      error => error === thrown
    )
    assert.deepEqual(told, ['begin 1', 'turn 1'])
  })

  it('lets calls pass when it is closed, and tells the end of what has begun', () => {
    const { told, recorder, door, handler } = openDoor('door-closed')
    const close = door.open(recorder())
    const exchange = {}
    door.run(exchange, handler('request'), undefined, [])
    close()
    door.run({}, handler('unseen'), undefined, [])
    door.end(exchange, 200, false)
    door.end({}, 200, false)
    assert.deepEqual(told, ['begin 1', 'request in 1', 'turn 1', 'unseen in undefined', 'end 1 200'])
  })

  it('stays open for who has opened it last', () => {
    const { told, recorder, door, handler } = openDoor('door-again')
    const close = door.open(recorder('old '))
    door.open(recorder('new '))
    close()
    door.run({}, handler('request'), undefined, [])
    assert.deepEqual(told, ['new begin 1', 'request in 1', 'new turn 1'])
  })
})
