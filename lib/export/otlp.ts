// OTLP: spans, log records, metrics and by option profiles, each with its own address, headers, protocol and queue, since a
// backend may take one and not the other. Agent thread.

import type { Batch } from '../batch/format.js'
import { readRequests } from '../batch/reader.js'
import type { Config } from '../options/config.js'
import type { SignalName } from '../options/signals.js'
import { logRecords } from '../otlp/logs.js'
import type { Message, MessageName } from '../otlp/messages.js'
import { metrics } from '../otlp/metrics.js'
import { profiles } from '../otlp/profiles.js'
import { createSpanEncoder } from '../otlp/span-bytes.js'
import type { Teller } from '../otlp/span-kinds.js'
import { spans } from '../otlp/spans.js'
import { ownVersion } from '../place.js'
import type { Report, Trace } from '../types.js'
import type { Destination, Exporter } from './exporter.js'
import { createSender } from './otlp-sender.js'
import { generalSettings, PROFILES, type Settings, SIGNALS, type Signal, settingsOf } from './otlp-settings.js'
import { bytesOf, type Packed, pack, packPiece, textOf, unpack, unpackMetrics, unpackSpans } from './packed.js'
import { pprofOf } from './profiles.js'

const MAX_BATCH = 64

export const otlp: Exporter = {
  name: 'otlp',
  destinations(config, io) {
    const version = ownVersion()
    // A standard sampler is obeyed to the letter; the report leaves as a log record all the same.
    const leaves = ({ sampled }: Trace): boolean => config.tracesSampler === 'slow' || sampled
    const { metricTimeoutMs } = config
    const profileOf = (report: Report): string | undefined =>
      config.profiles.includes('log') ? pprofOf(report)?.toString('base64') : undefined
    const logs: Make = (batch, lost) => {
      const jsons = new Map(batch.map(textOf).map(text => [JSON.parse(text) as Report, text]))
      return logRecords([...jsons.keys()], version, { lost, profileOf, jsonOf: report => jsons.get(report)! })
    }
    const profileSettings = config.profiles.includes('otlp') ? generalSettings(config, PROFILES.path) : undefined
    return [
      ...destination('Traces', batch => spans(batch.filter(isJson).map(unpackSpans).filter(leaves), version)).map(
        each => ({ ...each, packSpans: packerOf(config, version) })
      ),
      ...destination('Logs', logs),
      ...destination('Metrics', batch => metrics(batch.map(unpackMetrics), version)).map(
        (each): Destination => ({
          ...each,
          takes: 'metrics',
          deadlineMs: Math.min(each.deadlineMs ?? metricTimeoutMs, metricTimeoutMs)
        })
      ),
      ...(profileSettings
        ? [destinationOf(PROFILES, profileSettings, batch => profiles(batch.map(unpack), version))]
        : [])
    ]

    function destination(name: SignalName, make: Make): Destination[] {
      const settings = settingsOf(config, name)
      return settings ? [destinationOf(SIGNALS[name], settings, make)] : []
    }

    function destinationOf(signal: Signal, settings: Settings, make: Make): Destination {
      const { send, ...sender } = createSender(signal, settings, io)
      return {
        name: `otlp ${signal.name}`,
        maxBatch: MAX_BATCH,
        ...sender,
        async send(batch, abort, lost) {
          const message = make(batch, lost)
          const pieces = batch.filter(packed => !isJson(packed)).map(bytesOf)
          return message || pieces.length > 0 ? send(message, pieces, abort) : { type: 'delivered' }
        }
      }
    }
  }
}

const isJson = ({ form }: Packed): boolean => form === 'JSON'

/** Protobuf in pieces, encoded once; pieces of JSON would have to be taken apart again. */
function packerOf(config: Config, version: string): (batch: Batch, teller: Teller) => Packed[] {
  if (settingsOf(config, 'Traces')?.protocol === 'http/json') {
    return (batch, { traceOf }) => Array.from(readRequests(batch), request => pack(traceOf(request)))
  }
  const encode = createSpanEncoder(version)
  return (batch, teller) => encode(batch, teller).map(packPiece)
}

/** Undefined when there is nothing to send. */
type Make = (batch: Packed[], lost: number) => Message<MessageName> | undefined
