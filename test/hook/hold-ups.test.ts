import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { createHoldUps } from '../../lib/hook/hold-ups.js'

describe('calls behind one that waits on purpose', () => {
  const holdUps = createHoldUps('perfagent:test')
  const told: [mark: string | undefined, message: unknown][] = []
  const tell = (message: unknown, name: string | symbol): unknown => told.push([holdUps.marks[String(name)], message])

  before(() => {
    for (const name of Object.keys(holdUps.marks)) channel(name).subscribe(tell)
  })
  after(() => {
    for (const name of Object.keys(holdUps.marks)) channel(name).unsubscribe(tell)
  })
  beforeEach(() => {
    told.length = 0
  })

  it('are told as they are sent on its connection, and again when it is over', () => {
    const [first, second, elsewhere, late] = [{}, {}, {}, {}]
    const over = holdUps.begin('a')
    assert.deepEqual([holdUps.isHeld('a'), holdUps.isHeld('b')], [true, false])
    holdUps.tellBehind('a', first)
    holdUps.tellBehind('a', second)
    holdUps.tellBehind('b', elsewhere)
    over()
    holdUps.tellBehind('a', late)
    assert.equal(holdUps.isHeld('a'), false)
    const marks = told.map(([mark, message]) => [mark, [first, second].indexOf(message as object)])
    assert.deepEqual(marks, [
      ['behind', 0],
      ['behind', 1],
      ['free', 0],
      ['free', 1]
    ])
  })

  it('wait for the last one that was before them, when there are two', () => {
    const between = {}
    const after = {}
    const first = holdUps.begin('a')
    holdUps.tellBehind('a', between)
    const second = holdUps.begin('a')
    holdUps.tellBehind('a', after)
    first()
    assert.deepEqual(told.at(-1), ['free', between])
    assert.ok(holdUps.isHeld('a'))
    second()
    assert.deepEqual(told.at(-1), ['free', after])
    assert.equal(holdUps.isHeld('a'), false)
  })

  it('are none where nobody knows on which connection they are sent', () => {
    const over = holdUps.begin(undefined)
    holdUps.tellBehind(undefined, {})
    assert.equal(holdUps.isHeld(undefined), false)
    over()
    assert.deepEqual(told, [])
  })
})
