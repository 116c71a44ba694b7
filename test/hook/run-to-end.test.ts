import assert from 'node:assert/strict'
import { runToEnd } from '../../lib/hook/run-to-end.js'

describe('a call of somebody else', () => {
  const failed = new Error('theirs')
  const throws = (): never => {
    throw failed
  }
  // what | call | its end
  const cases: [string, () => unknown, unknown[]][] = [
    ['that returns has ended', () => 1, [undefined]],
    ['that throws has ended with its error', throws, [failed]],
    ['that promises has ended when that is kept', async () => 1, [undefined]],
    ['that promises has ended with its error when that is broken', async () => throws(), [failed]]
  ]
  for (const [what, call, expected] of cases) {
    it(`${what}, once, and does to its caller what it did`, async () => {
      const ends: unknown[] = []
      const outcome = async (): Promise<unknown> => runToEnd(call, error => ends.push(error))
      assert.equal(await outcome().catch(error => error), expected[0] ?? 1)
      assert.deepEqual(ends, expected)
    })
  }

  it('that promises has not ended while nobody knows', () => {
    const ends: unknown[] = []
    runToEnd(
      () => new Promise(() => {}),
      error => ends.push(error)
    )
    assert.deepEqual(ends, [])
  })

  it('that promises more than a promise has returns that', async () => {
    class Cancelable extends Promise<number> {
      cancel = (): string => 'cancelled'
    }
    class Wrapping extends Promise<number> {
      // biome-ignore lint/suspicious/noThenProperty: as p-cancelable has it
      override then(...given: Parameters<Promise<number>['then']>): never {
        return Promise.resolve(1).then(...given) as never
      }
    }
    class Named extends Promise<number> {}
    const withJson = Object.assign(Promise.resolve(1), { json: () => 2 })
    for (const promise of [Cancelable.resolve(1), Wrapping.resolve(1), withJson])
      assert.equal(
        runToEnd(
          () => promise,
          () => {}
        ),
        promise
      )
    const ends: unknown[] = []
    const named = runToEnd(
      () => Named.resolve(1),
      error => ends.push(error)
    )
    assert.ok(named instanceof Named)
    assert.deepEqual(ends, [])
    assert.equal(await named, 1)
    assert.deepEqual(ends, [undefined])
  })
})
