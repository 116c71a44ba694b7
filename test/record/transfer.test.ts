import assert from 'node:assert/strict'
import { addUnread, beginTransfer, noteTaken, noteTransfer, toTransfer } from '../../lib/record/transfer.js'
import type { Interval } from '../../lib/types.js'

describe('the transfer of a body', () => {
  const wait = { start: 10, end: 100 }
  // what | waiting | over | end | waits
  const cases: [string, boolean, boolean, number, (typeof wait)[] | undefined][] = [
    ['that is waited for has a wait to now', true, false, 100, [wait]],
    ['that is over is waited for no more', true, true, 100, undefined],
    ['that nobody waits for has none', false, false, 100, undefined],
    ['that is waited for as long as the network takes has none', true, false, 10.5, undefined]
  ]
  for (const [what, waiting, over, end, waits] of cases) {
    it(what, () => assert.deepEqual(toTransfer({ ...beginTransfer(10), waiting, over }, end)?.waits, waits))
  }

  // title | how long a piece is waited for | worked with | waits
  const pieces: [string, number, number, number][] = [
    ['is one wait where its caller sends drop by drop', 0.8, 0.2, 1],
    ['is no wait where each piece is worked with for longer than it takes to come', 0.2, 0.8, 0],
    ['has a wait for each piece that is long in coming', 20, 5, 50]
  ]
  for (const [title, comesMs, worksMs, count] of pieces) {
    it(title, () => {
      const log = beginTransfer(0)
      const first = 5
      noteTransfer(log, comesMs > worksMs, true, comesMs > worksMs ? first : 0)
      for (let piece = 1; piece < 50; piece++) {
        noteTaken(log, false, log.since + worksMs)
        noteTransfer(log, true, true, log.since + comesMs)
      }
      assert.equal(log.waits.length, count)
    })
  }

  it('is waited for no longer where a short wait lies further from the last than it is long', () => {
    const log = beginTransfer(0)
    noteTransfer(log, true, true, 5)
    noteTaken(log, false, 5.7)
    noteTransfer(log, true, true, 6.2)
    assert.deepEqual(log.waits, [{ start: 0, end: 5 }])
  })

  it('has a hundred waits at most, of which the last reaches to the end of all', () => {
    const log = beginTransfer(0)
    for (let i = 1; i <= 300; i++) noteTransfer(log, i % 2 === 1, i % 2 === 0, 5 * i)
    const { waits } = toTransfer(log, 1500)!
    assert.deepEqual([waits.length, waits[99]], [100, { start: 5 * 198, end: 5 * 299 }])
  })

  // What comes next: the buffer is full, 50 ms later somebody reads, and the next piece is there at once, or late.
  const lateMs: [string, number, { start: number; end: number }[]][] = [
    ['is not waited for while what has come lies unread', 0.2, []],
    ['is waited for from where somebody has read', 30, [{ start: 60, end: 90 }]]
  ]
  for (const [title, ms, waits] of lateMs) {
    for (const wasWaiting of [true, false]) {
      it(`${title}, by who ${wasWaiting ? 'read all before' : 'had stopped reading'}`, () => {
        const log = beginTransfer(0)
        noteTransfer(log, false, wasWaiting, 10)
        noteTaken(log, true, 10)
        assert.equal(toTransfer(log, 59), undefined)
        noteTaken(log, false, 60)
        noteTransfer(log, true, true, 60 + ms)
        assert.deepEqual(log.waits, waits)
      })
    }
  }

  // Of an answer: how long it lies unread, and how long nothing lies there, a thousand times.
  const unreadMs: [string, number, number, number][] = [
    ['an answer that lies unread nearly all of the time is told so to its end', 9, 1, 0.9],
    ['an answer that lies unread for less than the half is not told so beyond the limit', 4, 6, 0.04]
  ]
  for (const [title, lies, not, share] of unreadMs) {
    it(title, () => {
      const unread: Interval[] = []
      for (let i = 0; i < 1000; i++) addUnread(unread, { start: 10 * i, end: 10 * i + lies })
      assert.ok(unread.length <= 100)
      const told = unread.reduce((sum, { start, end }) => sum + end - start, 0) / (1000 * (lies + not))
      assert.ok(Math.abs(told - share) < 0.1, `${told}`)
    })
  }
})
