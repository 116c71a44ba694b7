// Whether a signal is recorded and whether it has a way to leave: one answer, whatever the options say.

import assert from 'node:assert/strict'
import { chooseDestinations } from '../../lib/export/index.js'
import { readConfig } from '../../lib/options/config.js'
import { isSent, type SignalName } from '../../lib/options/signals.js'
import { fakeClock } from './clock.js'

const SIGNALS: SignalName[] = ['Traces', 'Logs', 'Metrics']
const URL = 'http://127.0.0.1:1'

const sentBy = (env: Record<string, string>) => {
  const { config } = readConfig({ env })
  const ways = chooseDestinations(config, fakeClock()).map(({ name }) => name)
  return {
    recorded: SIGNALS.filter(signal => isSent(config, signal)).map(signal => `otlp ${signal.toLowerCase()}`),
    ways: ways.filter(name => name.startsWith('otlp'))
  }
}

describe('the signals that leave over OTLP', () => {
  it('are all three where PERFAGENT_EXPORT is misspelt and an endpoint is set: the other sources say so', () => {
    const { recorded, ways } = sentBy({ PERFAGENT_EXPORT: 'otpl', OTEL_EXPORTER_OTLP_ENDPOINT: URL })
    assert.deepEqual(ways, ['otlp traces', 'otlp logs', 'otlp metrics'])
    assert.deepEqual(recorded, ways)
  })

  const OTLP = { OTEL_EXPORTER_OTLP_ENDPOINT: URL }
  const METRICS_ALONE = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: URL }
  for (const [env, expected] of [
    [{}, []],
    [METRICS_ALONE, ['metrics']],
    [{ ...OTLP, PERFAGENT_EXPORT: 'http' }, []],
    [{ ...OTLP, PERFAGENT_EXPORT: 'otlp,none' }, []],
    [{ ...OTLP, OTEL_TRACES_EXPORTER: 'none' }, ['logs', 'metrics']],
    [{ ...OTLP, OTEL_METRICS_EXPORTER: 'otlp,none' }, ['traces', 'logs']],
    [{ ...METRICS_ALONE, OTEL_TRACES_EXPORTER: 'otlp' }, ['traces', 'metrics']]
  ] as [Record<string, string>, string[]][]) {
    it(`are ${expected.join(', ') || 'none'} with ${JSON.stringify(env)}`, () => {
      assert.deepEqual(
        sentBy(env).ways,
        expected.map(name => `otlp ${name}`)
      )
    })
  }

  it('are recorded exactly where they have a way to leave', () => {
    const given = {
      PERFAGENT_EXPORT: ['', 'otlp', 'http', 'otlp,stdout', 'none', 'otlp,none', 'htpp'],
      OTEL_EXPORTER_OTLP_ENDPOINT: ['', URL],
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: ['', URL],
      OTEL_TRACES_EXPORTER: ['', 'otlp', 'console', 'none'],
      OTEL_METRICS_EXPORTER: ['', 'otlp', 'none', 'otlp,none']
    }
    let all: Record<string, string>[] = [{}]
    for (const [name, values] of Object.entries(given)) {
      all = all.flatMap(env => values.map(value => ({ ...env, [name]: value })))
    }
    for (const env of all) {
      const { recorded, ways } = sentBy(env)
      assert.deepEqual(recorded, ways, JSON.stringify(env))
    }
  })
})
