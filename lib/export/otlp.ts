// OTLP: spans, log records and metrics, each with its own address, headers, protocol and queue, since a backend may take one and not the
// other.

import { logRecords } from '../otlp/logs.js'
import type { Message, MessageName } from '../otlp/messages.js'
import { metrics } from '../otlp/metrics.js'
import { spans } from '../otlp/spans.js'
import type { Trace } from '../types.js'
import type { Destination, Exporter } from './exporter.js'
import { agentVersion, createSender } from './otlp-sender.js'
import { SIGNALS, type SignalName, settingsOf } from './otlp-settings.js'
import { type Packed, unpack, unpackMetrics, unpackSpans } from './packed.js'

const MAX_BATCH = 64

export const otlp: Exporter = {
  name: 'otlp',
  destinations(config, io) {
    const version = agentVersion()
    // A standard sampler is obeyed to the letter; the report leaves as a log record all the same.
    const leaves = ({ sampled }: Trace): boolean => config.tracesSampler === 'slow' || sampled
    const { metricTimeoutMs } = config
    return [
      ...destination('Traces', batch => spans(batch.map(unpackSpans).filter(leaves), version)),
      ...destination('Logs', (batch, lost) => logRecords(batch.map(unpack), version, lost)),
      ...destination('Metrics', batch => metrics(batch.map(unpackMetrics), version)).map(
        (each): Destination => ({
          ...each,
          takes: 'metrics',
          deadlineMs: Math.min(each.deadlineMs ?? metricTimeoutMs, metricTimeoutMs)
        })
      )
    ]

    function destination(
      name: SignalName,
      make: (batch: Packed[], lost: number) => Message<MessageName> | undefined
    ): Destination[] {
      const settings = settingsOf(config, name)
      if (!settings) return []
      const signal = SIGNALS[name]
      const { send, ...sender } = createSender(signal, settings, io)
      return [
        {
          name: `otlp ${signal.name}`,
          maxBatch: MAX_BATCH,
          takesSpans: name === 'Traces',
          ...sender,
          async send(batch, abort, lost) {
            const message = make(batch, lost)
            return message ? send(message, abort) : { type: 'delivered' }
          }
        }
      ]
    }
  }
}
