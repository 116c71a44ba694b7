// Lines of connections that answer in order. Moments are given, so that a case takes none.

import assert from 'node:assert/strict'
import { MAX_TEXT_CHARS } from '../../lib/batch/format.js'
import {
  aheadSoFar,
  giveUp,
  leaveLine,
  leaveLost,
  noteSent,
  type Place,
  type Standing,
  standIn
} from '../../lib/record/lines.js'
import type { Request } from '../../lib/record/request.js'
import type { Ahead } from '../../lib/types.js'
import { command, query } from '../verdict/timeline.js'

const requestOf = (id: number): Request =>
  ({ id, ref: { id, method: 'GET', route: `/${id}`, traceId: `${id}` } }) as Partial<Request> as Request

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

describe('the line of a connection that answers in order', () => {
  let connection: object
  beforeEach(() => {
    connection = {}
  })

  const send = (text: string, start: number, id: number): { operation: Standing; place: Place } => {
    const operation: Standing = command(text, start, Number.NaN)
    return { operation, place: standIn(connection, operation, requestOf(id), undefined) }
  }
  const sendOutside = (text: string): Place =>
    standIn(connection, undefined, undefined, () => ({ kind: 'cache', system: 'redis', text }))

  /** `KEYS`, 98 ms, its end and whose it is; undefined: nothing was ahead. */
  const told = (ahead: Ahead | undefined) =>
    ahead && [
      ahead.until,
      ...(ahead.call ? [ahead.call.text, ahead.call.start, ahead.call.end, ahead.call.request?.id ?? 'outside'] : [])
    ]

  it('tells a call that an earlier one of another request was answered before it, and how long that took', () => {
    const keys = send('KEYS', 0, 1)
    const get = send('GET', 20, 2)
    leaveLine(keys.place, 400, false)
    leaveLine(get.place, 401, false)
    assert.equal(keys.operation.ahead, undefined)
    assert.deepEqual(told(get.operation.ahead), [400, 'KEYS', 0, 400, 1])
  })

  it('tells of an earlier one only what came after the answer before that', async () => {
    const [first, second, third] = [send('SORT', 0, 1), send('KEYS', 1, 2), send('GET', 50, 3)]
    leaveLine(first.place, 100, false)
    leaveLine(second.place, 400, false)
    await nextTurn()
    leaveLine(third.place, 401, false)
    assert.deepEqual(told(third.operation.ahead), [400, 'KEYS', 100, 400, 2])
  })

  it('tells nothing to a call that was sent when all was answered, or moments before', () => {
    const keys = send('KEYS', 0, 1)
    leaveLine(keys.place, 400, false)
    const later = send('GET', 400, 2)
    leaveLine(later.place, 900, false)
    const [sort, close] = [send('SORT', 1000, 1), send('GET', 1395, 2)]
    leaveLine(sort.place, 1400, false)
    leaveLine(close.place, 1900, false)
    assert.deepEqual([later.operation.ahead, close.operation.ahead], [undefined, undefined])
  })

  it('tells nothing of what was before a call when their connection was lost, nor of it to those that come later', () => {
    const [first, second] = [send('KEYS', 0, 1), send('GET', 1, 2)]
    leaveLost(first.place)
    leaveLost(second.place)
    const later = send('GET', 400, 3)
    for (const { place } of [first, second]) leaveLine(place, 900, false)
    leaveLine(later.place, 950, false)
    assert.deepEqual(
      [first, second, later].map(({ operation }) => operation.ahead),
      [undefined, undefined, undefined]
    )
  })

  it('tells of many short ones only until when they were answered', () => {
    const many = Array.from({ length: 100 }, () => send('GET', 0, 1))
    const last = send('GET', 1, 2)
    for (const [i, { place }] of many.entries()) leaveLine(place, i + 1, false)
    leaveLine(last.place, 101, false)
    assert.deepEqual(told(last.operation.ahead), [100])
  })

  it('tells of several long ones the longest, by what was waited for', async () => {
    const [first, second, third] = [send('KEYS', 0, 1), send('SORT', 1, 2), send('GET', 350, 3)]
    leaveLine(first.place, 400, false)
    leaveLine(second.place, 500, false)
    await nextTurn()
    leaveLine(third.place, 501, false)
    assert.deepEqual(told(third.operation.ahead), [500, 'SORT', 400, 500, 2])
  })

  it('names no call of the same request', async () => {
    const [other, own, get] = [send('SORT', 0, 1), send('KEYS', 1, 2), send('GET', 50, 2)]
    leaveLine(other.place, 100, false)
    leaveLine(own.place, 900, false)
    await nextTurn()
    leaveLine(get.place, 901, false)
    assert.deepEqual(told(get.operation.ahead), [900, 'SORT', 0, 100, 1])
  })

  it('has calls of code outside any request, which are described only when somebody has waited for them', () => {
    let described = 0
    const describe = () => ({ kind: 'cache' as const, system: 'redis', text: `KEYS ${++described}` })
    leaveLine(standIn(connection, undefined, undefined, describe), 100, false)
    const outside = standIn(connection, undefined, undefined, describe)
    const get = send('GET', 120, 2)
    leaveLine(outside, 400, false)
    leaveLine(get.place, 401, false)
    assert.deepEqual(told(get.operation.ahead), [400, 'KEYS 1', 100, 400, 'outside'])
  })

  it('does not tell which of two took the time when they were sent together and answered together', async () => {
    const [keys, get] = [send('KEYS', 0, 1), send('GET', 1, 2)]
    leaveLine(keys.place, 400, false)
    leaveLine(get.place, 400.1, false)
    assert.deepEqual(told(get.operation.ahead), [1])
    assert.equal(get.operation.ahead!.together!.text, 'KEYS')

    const [sort, exists] = [send('SORT', 500, 1), send('EXISTS', 501, 2)]
    leaveLine(sort.place, 900, false)
    await nextTurn()
    leaveLine(exists.place, 900.1, false)
    assert.deepEqual(told(exists.operation.ahead), [900, 'SORT', 500, 900, 1])
  })

  it('does not tell it of a third one either, whose answer came with those', () => {
    const calls = [send('KEYS', 0, 1), send('EXISTS', 1, 2), send('GET', 2, 3)]
    for (const [i, { place }] of calls.entries()) leaveLine(place, 400 + i / 10, false)
    const { ahead } = calls[2]!.operation
    assert.equal(ahead!.until, 2)
    assert.equal(ahead!.together!.text, 'KEYS')
    assert.equal(calls[0]!.operation.ahead!.together!.text, 'EXISTS')
  })

  it('tells the first of two the other one as well, when they were sent together and answered together', () => {
    const [get, script] = [send('GET', 0, 1), send('EVAL', 1, 2)]
    leaveLine(get.place, 400, false)
    leaveLine(script.place, 400.1, false)
    assert.equal(get.operation.ahead!.until, 0)
    assert.deepEqual(get.operation.ahead!.together, {
      kind: 'cache',
      system: 'redis',
      text: 'EVAL',
      target: script.operation.target,
      blocking: false,
      request: requestOf(2).ref,
      start: 1,
      end: 400.1
    })
  })

  it('tells nothing of one of the same request that was sent and answered together with it', () => {
    const [keys, get] = [send('KEYS', 0, 1), send('GET', 1, 1)]
    leaveLine(keys.place, 400, false)
    leaveLine(get.place, 400.1, false)
    assert.deepEqual([get.operation.ahead!.together, told(get.operation.ahead)], [undefined, [1]])
  })

  it('blames no call of the same command whose answer came together with its own, whenever that was sent', async () => {
    const [first, second] = [send('GET cart:1', 0, 1), send('GET cart:2', 200, 2)]
    leaveLine(first.place, 900, false)
    leaveLine(second.place, 900.1, false)
    assert.equal(second.operation.ahead!.until, 200)
    assert.equal(second.operation.ahead!.together!.text, 'GET cart:1')

    const [third, fourth] = [send('EVAL a', 1000, 1), send('EVAL b', 1200, 2)]
    leaveLine(third.place, 1900, false)
    await nextTurn()
    leaveLine(fourth.place, 1900.5, false)
    assert.deepEqual(told(fourth.operation.ahead), [1900, 'EVAL a', 1000, 1900, 1])
  })

  it('names the statement before another one, also of the same command, when both are sent and answered together', () => {
    const statement = (start: number, id: number) => {
      const operation: Standing = query('SELECT 1', start, Number.NaN)
      return { operation, place: standIn(connection, operation, requestOf(id), undefined) }
    }
    const [slow, quick] = [statement(0, 1), statement(1, 2)]
    assert.deepEqual(told(aheadSoFar(quick.operation)), [Number.NaN, 'SELECT 1', 0, Number.NaN, 1])
    leaveLine(slow.place, 400, false)
    leaveLine(quick.place, 400.1, false)
    assert.deepEqual(told(quick.operation.ahead), [400, 'SELECT 1', 0, 400, 1])
    assert.equal(quick.operation.ahead!.together, undefined)
  })

  it('tells what was sent before on another connection to the server and answered right before, unless it is the same command', () => {
    const onConnection = (connection: object, text: string, start: number, id: number) => {
      const operation: Standing = command(text, start, Number.NaN)
      return { operation, place: standIn(connection, operation, requestOf(id), undefined) }
    }
    const answeredAfter = (first: string, second: string, secondAt: number, secondStart = 100) => {
      const [one, two] = [onConnection({}, first, 0, 1), onConnection({}, second, secondStart, 2)]
      leaveLine(one.place, 900, false)
      leaveLine(two.place, secondAt, false)
      return two.operation.ahead?.elsewhere?.text
    }
    assert.equal(answeredAfter('EVAL a', 'GET cart:1', 901), 'EVAL a')
    assert.equal(answeredAfter('GET cart:1', 'GET cart:2', 901), undefined)
    assert.equal(answeredAfter('EVAL a', 'GET cart:1', 1400), undefined)
    assert.equal(answeredAfter('EVAL a', 'GET cart:1', 901, 895), undefined)
    const [late, early] = [onConnection({}, 'EVAL a', 500, 1), onConnection({}, 'GET cart:1', 0, 2)]
    leaveLine(late.place, 900, false)
    leaveLine(early.place, 901, false)
    assert.equal(early.operation.ahead, undefined)
  })

  it('tells what waits on purpose, whenever that was sent', () => {
    const blocking: Standing = { ...command('BLPOP', 0, Number.NaN), blocking: true }
    const place = standIn(connection, blocking, requestOf(1), undefined)
    const get = send('GET', 1, 2)
    assert.ok(Number.isNaN(aheadSoFar(get.operation)!.until))
    leaveLine(place, 400, false)
    leaveLine(get.place, 400.1, false)
    assert.deepEqual(told(get.operation.ahead), [400, 'BLPOP', 0, 400, 1])
  })

  it('has what its client kept back until it was connected stand there from when it was sent', () => {
    const kept = (text: string, start: number, sent: number, id: number): { operation: Standing; place: Place } => {
      const operation: Standing = { ...command(text, start, Number.NaN), marks: { connecting: start, sent } }
      return { operation, place: standIn(connection, operation, requestOf(id), undefined) }
    }
    const [blpop, get] = [kept('BLPOP', 100, 300, 1), kept('GET', 150, 300, 2)]
    blpop.operation.blocking = true
    const late = send('TTL', 350, 3)
    assert.equal(aheadSoFar(get.operation)!.since, 300)
    leaveLine(blpop.place, 400, false)
    leaveLine(get.place, 401, false)
    leaveLine(late.place, 402, false)
    assert.deepEqual(told(get.operation.ahead), [400, 'BLPOP', 300, 400, 1])
    assert.deepEqual([get.operation.ahead!.since, late.operation.ahead!.since], [300, undefined])
    assert.equal(blpop.operation.ahead, undefined)
  })

  it('takes a pipeline for answered that tells its end later than the command behind it', () => {
    const [pipeline, get] = [send('PIPELINE 2', 0, 1), send('GET', 20, 2)]
    leaveLine(get.place, 400, false)
    leaveLine(pipeline.place, 400.1, false)
    assert.deepEqual(told(get.operation.ahead), [400, 'PIPELINE 2', 0, 400, 1])
  })

  it('takes the first of several for the one that took long when all before a call are answered with it', () => {
    const [first, second, get] = [send('PIPELINE 2', 0, 1), send('PIPELINE 3', 1, 2), send('GET', 20, 3)]
    leaveLine(get.place, 400, false)
    assert.deepEqual(told(second.operation.ahead), [1])
    assert.equal(first.operation.ahead!.together!.text, 'PIPELINE 3')
    assert.deepEqual(told(get.operation.ahead), [400, 'PIPELINE 2', 0, 400, 1])
  })

  it('keeps of a long text no more than a report shows', () => {
    const [long, get] = [send(`KEYS ${'x'.repeat(1_000_000)}`, 0, 1), send('GET', 20, 2)]
    leaveLine(long.place, 400, false)
    assert.equal(aheadSoFar(get.operation)!.call!.text!.length, MAX_TEXT_CHARS)
  })

  it('tells a call under way what stands before it now', () => {
    const [keys, get, together] = [send('KEYS', 0, 1), send('GET', 20, 2), send('GET', 5, 3)]
    assert.deepEqual(told(aheadSoFar(get.operation)), [Number.NaN, 'KEYS', 0, Number.NaN, 1])
    assert.equal(aheadSoFar(together.operation), undefined)
    leaveLine(keys.place, 400, false)
    assert.deepEqual(told(aheadSoFar(get.operation)), [400, 'KEYS', 0, 400, 1])
  })

  it('tells a call under way nothing of one of its own request', () => {
    const request = requestOf(1)
    standIn(connection, command('KEYS', 0, Number.NaN), request, undefined)
    const get: Standing = command('GET', 20, Number.NaN)
    standIn(connection, get, request, undefined)
    assert.equal(aheadSoFar(get), undefined)
  })

  it('has before a call what stood before one that has failed meanwhile', () => {
    send('KEYS', 0, 1)
    leaveLine(send('SORT', 1, 2).place, 50, true)
    assert.deepEqual(told(aheadSoFar(send('GET', 60, 3).operation)), [Number.NaN, 'KEYS', 0, Number.NaN, 1])
  })

  it('goes on when a call fails that may not have been answered', () => {
    const [keys, given, get] = [send('KEYS', 0, 1), send('SORT', 1, 2), send('GET', 20, 3)]
    leaveLine(given.place, 50, true)
    leaveLine(keys.place, 400, false)
    leaveLine(get.place, 401, false)
    assert.deepEqual(told(get.operation.ahead), [400, 'KEYS', 0, 400, 1])
    const alone = send('GET', 500, 1)
    assert.equal(aheadSoFar(alone.operation), undefined)
  })

  it('tells of no call under way that it stands behind one of the same command', () => {
    const [get, exists] = [send('GET cart:1', 0, 1), send('GET cart:2', 200, 2)]
    assert.equal(aheadSoFar(exists.operation), undefined)
    leaveLine(get.place, 400, false)
    assert.deepEqual(told(aheadSoFar(exists.operation)), [400, 'GET cart:1', 0, 400, 1])
  })

  it('has what was given up before the call behind it until its answer came, and says so', async () => {
    const [evaluated, get] = [send('EVAL', 0, 1), send('GET', 100, 2)]
    giveUp(evaluated.place, 400)
    assert.deepEqual(told(aheadSoFar(get.operation)), [Number.NaN, 'EVAL', 0, Number.NaN, 1])
    leaveLine(evaluated.place, 1500, false)
    await nextTurn()
    leaveLine(get.place, 1500.5, false)
    assert.deepEqual(told(get.operation.ahead), [1500, 'EVAL', 0, 1500, 1])
    assert.equal(get.operation.ahead!.call!.givenUp, true)
  })

  it('tells what gives up itself whose answer it had waited for', () => {
    const [evaluated, get] = [send('EVAL', 0, 1), send('GET', 100, 2)]
    giveUp(evaluated.place, 400)
    giveUp(get.place, 500)
    assert.deepEqual(told(get.operation.ahead), [Number.NaN, 'EVAL', 0, Number.NaN, 1])
  })

  it('has what was given up before a statement that was kept back until that is sent, and before no other', async () => {
    const statement = (start: number, id: number, marks?: Record<string, number>) => {
      const operation: Standing = { ...query('SELECT 1', start, Number.NaN), marks }
      return { operation, place: standIn(connection, operation, requestOf(id), undefined) }
    }
    const [slow, kept] = [statement(0, 1), statement(100, 2, { queued: 100 })]
    giveUp(slow.place, 400)
    assert.equal(aheadSoFar(kept.operation)!.call!.text, 'SELECT 1')
    kept.operation.marks!['sent'] = 1500
    noteSent(kept.place, 1500)
    await nextTurn()
    leaveLine(kept.place, 1501, false)
    assert.deepEqual(told(kept.operation.ahead), [1500, 'SELECT 1', 0, 1500, 1])

    const [another, alone] = [statement(2000, 1), statement(4000, 2)]
    giveUp(another.place, 2400)
    assert.equal(aheadSoFar(alone.operation), undefined)
    leaveLine(alone.place, 4500, false)
    assert.equal(alone.operation.ahead, undefined)
  })

  it('has nothing before a call that was given up before it was sent', async () => {
    const [slow, kept, next] = [send('SELECT 1', 0, 1), send('SELECT 2', 20, 2), send('SELECT 3', 40, 3)]
    kept.operation.marks = { queued: 1 }
    giveUp(kept.place, 300)
    assert.equal(kept.place.line, undefined)
    leaveLine(slow.place, 400, false)
    await nextTurn()
    leaveLine(next.place, 900, false)
    assert.deepEqual(told(next.operation.ahead), [400, 'SELECT 1', 0, 400, 1])
  })

  it('keeps 20 that were given up, and none of their requests', () => {
    const calls = Array.from({ length: 50 }, (_, i) => send('GET', i, i))
    const { line } = calls[0]!.place
    for (const { place } of calls) giveUp(place, 900)
    assert.deepEqual(
      calls.map(({ place }) => place.line !== undefined),
      calls.map((_, i) => i < 20)
    )
    assert.deepEqual(Object.keys(calls[0]!.place.request!), ['id', 'ref'])
    leaveLine(send('EXISTS', 950, 99).place, 1000, false)
    assert.equal(line!.givenUp, 0)
    for (const { place } of calls.slice(0, 20)) assert.equal(place.ahead, undefined)
  })

  it('tells a call under way what stands before it next, once the first of them is answered', () => {
    const keys = send('KEYS', 0, 1)
    const blocking: Standing = { ...command('BLPOP', 1, Number.NaN), blocking: true }
    standIn(connection, blocking, requestOf(2), undefined)
    const get = send('GET', 20, 3)
    assert.equal(aheadSoFar(get.operation)!.call!.text, 'KEYS')
    leaveLine(keys.place, 400, false)
    assert.deepEqual(told(aheadSoFar(get.operation)), [Number.NaN, 'BLPOP', 400, Number.NaN, 2])
  })

  it('remembers the 20 longest, and none once nobody stands behind them', () => {
    const calls = Array.from({ length: 50 }, (_, i) => send('GET', 0, i))
    const { line } = calls[0]!.place
    let at = 0
    for (const [i, { place }] of calls.entries()) {
      if (i === 49) assert.deepEqual([line!.long.length, line!.long[0]!.request!.id], [20, 29])
      at += 20 + i
      leaveLine(place, at, false)
    }
    assert.deepEqual(line!.long, [])
  })

  /** Each sees how often it was passed on the way to those before it. */
  function countLooks(places: Place[]): () => number {
    let looks = 0
    for (const place of places) {
      let { ahead } = place
      Object.defineProperty(place, 'ahead', {
        get: () => {
          looks++
          return ahead
        },
        set: value => {
          ahead = value
        }
      })
    }
    return () => looks
  }

  it('passes those before a call once, for however many of a request that is asked', () => {
    const many = Array.from({ length: 1000 }, (_, i) => send(i % 2 ? 'KEYS' : 'GET', i, 1 + (i % 2)))
    const looks = countLooks(many.map(({ place }) => place))
    const told = many.map(({ operation }) => aheadSoFar(operation)?.call?.text)
    assert.deepEqual([told[0], told[11], told[999]], [undefined, 'GET', 'GET'])
    assert.ok(looks() <= 2 * many.length, `${looks()} looks`)
  })

  for (const order of ['the last first', 'the first of them first']) {
    it(`passes those before a call once at most when many fail behind one, ${order}`, () => {
      send('BLPOP', 0, 2)
      const many = Array.from({ length: 1000 }, (_, i) => send('GET', i, 1))
      const looks = countLooks(many.map(({ place }) => place))
      for (const { place } of order === 'the last first' ? many.toReversed() : many) leaveLine(place, 2000, true)
      assert.ok(looks() <= 3 * many.length, `${looks()} looks`)
      assert.equal(many[0]!.place.line, undefined)
    })
  }

  it('keeps nothing of calls that are over', () => {
    const calls = Array.from({ length: 50 }, (_, i) => send('GET', 0, i))
    for (const [i, { place }] of calls.entries()) leaveLine(place, 20 * (i + 1), false)
    for (const { operation, place } of calls) {
      assert.deepEqual([operation.place, ...Object.values(place).filter(Boolean)], [undefined])
    }
    leaveLine(sendOutside('PING'), 5000, false)
    const after = send('GET', 5000, 1)
    leaveLine(after.place, 6000, false)
    assert.equal(after.operation.ahead, undefined)
  })
})
