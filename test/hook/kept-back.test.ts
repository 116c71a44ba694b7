import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createKeptBack } from '../../lib/hook/kept-back.js'

describe('what clients keep back without a connection', () => {
  function listened(name: string) {
    const keptBack = createKeptBack(name)
    const told: [mark: string, message: object][] = []
    for (const [of, mark] of Object.entries(keptBack.marks)) {
      channel(of).subscribe(message => told.push([mark, message as object]))
    }
    return { keptBack, told }
  }

  it('is told when its operation has begun, and when its own client has a connection again', async () => {
    const { keptBack, told } = listened('kept-one')
    const [get, other] = [{ of: 'a' }, { of: 'b' }]
    for (const id of ['a', 'b']) keptBack.lost(id)
    keptBack.keep('a', get)
    keptBack.keep('b', other)
    assert.deepEqual(told, [], 'not yet')
    await Promise.resolve()
    keptBack.regained('a')
    keptBack.regained('a')
    assert.deepEqual(told, [
      ['connecting', get],
      ['connecting', other],
      ['sent', get]
    ])
  })

  it('is not told of a client of which nothing is known, or that has its connection', async () => {
    const { keptBack, told } = listened('kept-unknown')
    keptBack.keep('early', {})
    keptBack.lost('back')
    keptBack.regained('back')
    keptBack.keep('back', {})
    await Promise.resolve()
    assert.deepEqual(told, [])
  })

  it('lets the oldest go in a long outage', async () => {
    const { keptBack, told } = listened('kept-many')
    keptBack.lost('away')
    const messages = Array.from({ length: 1500 }, (_, number) => ({ number }))
    for (const message of messages) keptBack.keep('away', message)
    await Promise.resolve()
    keptBack.regained('away')
    const sent = told.filter(([mark]) => mark === 'sent').map(([, message]) => message)
    assert.deepEqual(sent, messages.slice(-1000))
  })

  it('holds nothing that its client has given up', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const keptBack = createKeptBack('kept-given-up')
    keptBack.lost('gone')
    const given = Array.from({ length: 20 }, () => {
      const message = {}
      keptBack.keep('gone', message)
      return new WeakRef(message)
    })
    // What V8 remembers of the last turn may hold one of them for another.
    for (let turn = 0; turn < 10 && given.some(message => message.deref()); turn++) {
      await new Promise(setImmediate)
      collect()
    }
    assert.deepEqual(
      given.filter(message => message.deref()),
      []
    )
  })
})
