// Exemplars: which of the values that are worth looking at are told, and how often.

import assert from 'node:assert/strict'
import { createCollector } from '../../lib/metrics/collector.js'
import type { Exemplar } from '../../lib/metrics/reading.js'
import { createSeries, type Series } from '../../lib/metrics/series.js'

const ANSWER = ['GET', '/', 200, undefined] as const

const exemplar = (value: number): Exemplar => ({ value, atMs: value * 1000, traceId: 'a', spanId: 'b' })

function collectorOf(values: readonly (string | number | undefined)[] = ANSWER) {
  const all: Series[] = []
  createSeries({ histograms: 'explicit', startMs: 1, announce: each => all.push(each) }).cells('serverDuration', values)
  const collector = createCollector('explicit', 1)
  collector.learn(all)
  const told = (): (number[] | undefined)[] =>
    collector.readings().flatMap(({ points }) => points.map(({ exemplars }) => exemplars?.map(({ value }) => value)))
  return { ...collector, told }
}

describe('the exemplars of a histogram', () => {
  it('are the newest of each bucket, to whose upper bound it belongs', () => {
    const { addExemplar, told } = collectorOf()
    // Bounds of 0.5, 0.75 and 1.
    for (const value of [0.51, 0.75, 0.76, 0.74, 1]) addExemplar('serverDuration', ANSWER, exemplar(value))
    assert.deepEqual(told(), [[0.74, 1]])
  })

  it('are eight at most, the newest', () => {
    const { addExemplar, told } = collectorOf()
    const ofEachBucket = [0.001, 0.006, 0.02, 0.03, 0.06, 0.08, 0.2, 0.3, 0.6, 0.9]
    for (const value of ofEachBucket) addExemplar('serverDuration', ANSWER, exemplar(value))
    assert.deepEqual(told(), [ofEachBucket.slice(-8)])
  })

  it('are told once', () => {
    const { addExemplar, told } = collectorOf()
    addExemplar('serverDuration', ANSWER, exemplar(1))
    assert.deepEqual([told(), told()], [[[1]], [undefined]])
  })

  it('of a series that does not exist yet are not told of another collection', () => {
    const { addExemplar, told, learn } = collectorOf()
    const late = ['GET', '/late', 200, undefined]
    addExemplar('serverDuration', late, exemplar(1))
    told()
    createSeries({ histograms: 'explicit', startMs: 1, announce: each => learn([each]) }).cells('serverDuration', late)
    assert.deepEqual(told(), [undefined, undefined])
  })
})
