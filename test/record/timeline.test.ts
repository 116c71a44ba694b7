import assert from 'node:assert/strict'
import { standIn } from '../../lib/record/lines.js'
import { createPropagation } from '../../lib/record/propagation.js'
import { Request } from '../../lib/record/request.js'
import { createSampler } from '../../lib/record/sampling.js'
import { isLong, toTimeline } from '../../lib/record/timeline.js'

const tracing = {
  propagation: createPropagation(['tracecontext'], () => 'orders'),
  sampler: createSampler({ tracesSampler: 'slow', tracesSamplerArg: 1, sampleShare: 0 })
}

const KEPT = { bytes: 0, maxBytes: Number.POSITIVE_INFINITY, maxFollowedBytes: Number.POSITIVE_INFINITY }

/** Of 100 ms that ended. */
function requestTo(path: string): Request {
  const request = new Request(1, { method: 'GET', path, headers: [], start: 1000 }, 1, {}, new Set(), tracing, KEPT)
  request.end = 1100
  return request
}

const KEYS = { kind: 'cache', system: 'redis', text: 'KEYS' } as const

function downloadOf(notes: (request: Request) => void) {
  const request = requestTo('/')
  notes(request)
  return toTimeline(request, 1, 0).download
}

describe('the timeline of a request', () => {
  it('has of a path no more than a report shows', () =>
    assert.equal(toTimeline(requestTo(`/${'x'.repeat(1_000_000)}`), 1, 0).path.length, 2048))

  it('is long with the turns of a crowd', () => {
    const timeline = toTimeline(requestTo('/'), 1, 0)
    const turns = (count: number, named = 0) => ({
      stretchesUs: new Array(3 * count).fill(0),
      from: 0,
      to: 1,
      requests: new Array(named).fill({ id: 1, method: 'GET', route: '/', traceId: '1' })
    })
    const isOf = (count: number, named?: number): boolean => isLong({ ...timeline, turns: turns(count, named) })
    assert.deepEqual([isOf(0), isOf(2400), isOf(2401)], [false, false, true])
    // Those beyond have no name, and are joined.
    assert.deepEqual([isOf(200, 49), isOf(200, 50)], [false, true])
  })

  it('tells of a call under way who stands before it, as plain data', () => {
    const [request, connection] = [requestTo('/'), {}]
    standIn(connection, undefined, undefined, () => KEYS)
    standIn(connection, request.begin({ ...KEYS, text: 'GET' }, 1), request, undefined)
    const [told] = toTimeline(request, 1, 0).operations
    assert.equal(told!.ahead?.call?.text, 'KEYS')
    assert.deepEqual(structuredClone(told), told)
    assert.ok(!JSON.stringify(told).includes('line'))
  })

  it("has a wait for the caller from the handler's last word on", () => {
    const download = downloadOf(request => {
      request.writtenAt = 1060
    })
    assert.deepEqual(download?.waits, [{ start: 1060, end: 1100 }])
  })

  it('has it from where the caller began to lag, if that was before', () => {
    const download = downloadOf(request => {
      request.writtenAt = 1060
      request.download = { since: 1040, waiting: true, full: false, over: false, waits: [{ start: 1010, end: 1020 }] }
    })
    assert.deepEqual(download?.waits, [
      { start: 1010, end: 1020 },
      { start: 1040, end: 1100 }
    ])
  })

  it('has none while the handler still writes to a caller that takes all', () => {
    assert.equal(
      downloadOf(() => {}),
      undefined
    )
  })
})
