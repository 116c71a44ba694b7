import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { createHearing } from '../../lib/hook/hear.js'
import type { Instrumentation } from '../../lib/hook/index.js'
import type { Recorder } from '../../lib/hook/recorder.js'

const calls = (name: string): Instrumentation => ({
  name,
  supports: name,
  operations: [
    {
      start: `${name}:start`,
      end: [`${name}:end`],
      key: (message: object) => message,
      describe: () => ({ kind: 'custom', system: name })
    }
  ]
})

describe('which instrumentations are heard', () => {
  it('is those that are not left out now; what has begun ends all the same, until all is stopped', () => {
    const told: string[] = []
    const context = new AsyncLocalStorage<object>()
    const recorder = {
      context,
      beginOperation: (_: object, { system }: { system: string }) => {
        told.push(system)
        return { system }
      },
      endOperation: ({ system }: { system: string }) => told.push(`end of ${system}`)
    } as unknown as Recorder
    const publish = (name: string, event: string, message: object): void =>
      context.run({}, () => channel(`${name}:${event}`).publish(message))
    const [one, another] = ['heard-one', 'heard-two'] as const
    const hearing = createHearing([calls(one), calls(another)], recorder, () => {})
    const heard = (): string[] => {
      for (const name of [one, another]) publish(name, 'start', {})
      return told.splice(0)
    }

    hearing.allBut([another])
    assert.deepEqual(heard(), [one])
    hearing.allBut([])
    assert.deepEqual(heard(), [one, another])
    const begun = {}
    publish(one, 'start', begun)
    hearing.allBut([one])
    assert.deepEqual([hearing.hears(one), hearing.hears(another)], [false, true])
    publish(one, 'end', begun)
    assert.deepEqual(told.splice(0), [one, `end of ${one}`])
    assert.deepEqual(heard(), [another])
    hearing.allBut([])
    assert.deepEqual(heard(), [one, another])
    hearing.stop()
    assert.deepEqual(heard(), [])
  })
})
