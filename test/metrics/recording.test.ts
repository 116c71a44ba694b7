import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createRecording } from '../../lib/metrics/recording.js'
import { createSeries, type Series } from '../../lib/metrics/series.js'
import type { Operation } from '../../lib/types.js'
import { operation } from '../verdict/timeline.js'

const call = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  statusCode: fc.constantFrom(200, 204, 404),
  target: fc.constantFrom('a:80', 'b:80'),
  system: fc.constant('http')
})

const toOperation = ({ method, statusCode, target, system }: Record<string, string | number>): Operation =>
  operation({
    kind: 'http',
    system: String(system),
    text: `${method} http://${target}/`,
    target: String(target),
    start: 0,
    end: 1,
    statusCode: Number(statusCode)
  })

describe('what is counted of operations', () => {
  it('goes to the series of its own method, status and peer, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 40 }), calls => {
        const all: Series[] = []
        const recording = createRecording(
          createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) })
        )
        for (const each of calls) recording.operation(toOperation(each), undefined)
        const counted = new Map(
          all.map(({ values, cells }) => [values!.slice(0, 4).join(), cells.subarray(1).reduce((a, b) => a + b)])
        )
        const expected = new Map<string, number>()
        for (const { method, target, statusCode } of calls) {
          const key = [method, ...target.split(':'), statusCode].join()
          expected.set(key, (expected.get(key) ?? 0) + 1)
        }
        assert.deepEqual([...counted].sort(), [...expected].sort())
      })
    )
  })
})
