import assert from 'node:assert/strict'
import { addressOf } from '../../lib/export/address.js'
import { settingsOf } from '../../lib/export/otlp-settings.js'
import { readConfig } from '../../lib/options/config.js'

const traces = (env: Record<string, string>) => settingsOf(readConfig({ env }).config, 'Traces')!

describe('where a signal goes over OTLP', () => {
  it('is below the base, with its query', () =>
    assert.equal(
      traces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/otlp/?key=1' }).url,
      'http://c:4318/otlp/v1/traces?key=1'
    ))

  const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }

  it('has the headers of all, of which its own win', () =>
    assert.deepEqual(
      {
        ...traces({ ...BASE, OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=1', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2' }).headers
      },
      { a: '1', b: '2' }
    ))

  // general | its own | whether it is packed
  const compressions: [string, string, boolean][] = [
    ['gzip', '', true],
    ['gzip', 'none', false],
    ['none', 'gzip', true],
    ['', 'gzip', true]
  ]
  for (const [general, own, expected] of compressions) {
    it(`is ${expected ? '' : 'not '}packed by ${general || 'nothing'} for all and ${own || 'nothing'} for it`, () =>
      assert.equal(
        traces({
          ...BASE,
          OTEL_EXPORTER_OTLP_COMPRESSION: general,
          OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: own
        }).gzip,
        expected
      ))
  }

  it('has a user without a password as a header too', () =>
    assert.deepEqual(addressOf('https://token@host/').headers, {
      authorization: `Basic ${Buffer.from('token:').toString('base64')}`
    }))
})
