import assert from 'node:assert/strict'
import type { ObservableResult } from '@opentelemetry/api'
import { createMeters } from '../../lib/api/meter.js'

describe('instruments of the application', () => {
  const meters = () => createMeters({ histograms: 'explicit', successor: () => undefined, onFirst() {} })

  it('are one whatever case their name has, and another where scope, kind or unit are', () => {
    const { getMeter, source } = meters()
    const shop = getMeter('shop', '1')
    shop.createCounter('orders').add(1)
    shop.createCounter('Orders').add(2)
    shop.createCounter('orders', { unit: 'By' }).add(4)
    shop.createUpDownCounter('orders').add(8)
    getMeter('shop', '2').createCounter('orders').add(16)
    assert.deepEqual(
      source.read().map(({ name, points }) => [name, points[0]!.value]),
      [3, 4, 8, 16].map(value => ['orders', value])
    )
  })

  it('have nothing of what a callback observes when its collection has ended', () => {
    const { getMeter, source } = meters()
    const results: ObservableResult[] = []
    getMeter('shop')
      .createObservableGauge('depth')
      .addCallback(result => void results.push(result))
    source.ask()
    results[0]!.observe(1)
    assert.equal(source.read()[0]!.points[0]!.value, 1)
    source.ask()
    results[0]!.observe(2)
    assert.deepEqual(source.read(), [])
    source.ask()
    results[2]!.observe(3)
    assert.equal(source.read()[0]!.points[0]!.value, 3)
  })

  it('ask a callback no more that was taken back, of those for which there is room', () => {
    const { getMeter, source } = meters()
    const meter = getMeter('shop')
    const gauge = meter.createObservableGauge('depth')
    const asked: number[] = []
    const callbacks = Array.from({ length: 1001 }, (_, i) => () => void asked.push(i))
    for (const callback of callbacks) meter.addBatchObservableCallback(callback, [gauge])
    const last = callbacks.at(-1)!
    gauge.addCallback(last)
    for (const callback of callbacks) if (callback !== last) meter.removeBatchObservableCallback(callback, [gauge])
    gauge.addCallback(last)
    source.ask()
    assert.deepEqual(asked, [1000])
  })
})
