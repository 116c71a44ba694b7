// Reports' CPU samples as OTLP profiles (opentelemetry.proto.profiles.v1development as of 1.9: in development, and may change).
// Pure. Everything that repeats is in the request's dictionary, whose tables begin with an empty entry: index 0 is "none". Each
// sample is linked to the span of its request.

import { createHash } from 'node:crypto'
import type { Frame, Report } from '../types.js'
import { byService, resourceOf, scopeOf } from './attributes.js'
import type { Message } from './messages.js'

const NANOS_PER_MS = 1e6

/** Undefined when no report has samples. */
export function profiles(reports: Report[], agentVersion: string): Message<'ExportProfilesServiceRequest'> | undefined {
  const sampled = reports.filter(({ evidence }) => evidence.cpu && evidence.cpu.stacks.length > 0)
  if (sampled.length === 0) return undefined
  const dictionary = createDictionary()
  return {
    resourceProfiles: byService(sampled).map(group => ({
      resource: resourceOf(group[0]!.service, agentVersion),
      scopeProfiles: [{ scope: scopeOf(agentVersion), profiles: group.map(report => profileOf(report, dictionary)) }]
    })),
    dictionary: dictionary.message
  }
}

type Dictionary = ReturnType<typeof createDictionary>

function profileOf(report: Report, { text, stack, link }: Dictionary): Message<'Profile'> {
  const { stacks, intervalMs } = report.evidence.cpu!
  const linkIndex = link(report.traceId, report.spanId)
  const type = { typeStrindex: text('cpu'), unitStrindex: text('nanoseconds') }
  return {
    sampleType: type,
    samples: stacks.map(({ frames, ms }) => ({
      stackIndex: stack(frames),
      linkIndex,
      values: [Math.round(ms * NANOS_PER_MS)]
    })),
    timeUnixNano: Date.parse(report.at),
    durationNano: Math.round(report.durationMs * NANOS_PER_MS),
    periodType: type,
    period: Math.round(intervalMs * NANOS_PER_MS),
    profileId: createHash('sha256').update(report.id).digest('hex').slice(0, 32)
  }
}

function createDictionary() {
  const indices = new Map<string, number>()
  const message = {
    mappingTable: [{}] as Message<'Mapping'>[],
    locationTable: [{}] as Message<'Location'>[],
    functionTable: [{}] as Message<'Function'>[],
    linkTable: [{}] as Message<'ProfileLink'>[],
    stringTable: [''],
    attributeTable: [{}] as Message<'KeyValueAndUnit'>[],
    stackTable: [{}] as Message<'Stack'>[]
  } satisfies Message<'ProfilesDictionary'>

  function indexIn<Entry>(table: Entry[], key: string, make: () => Entry): number {
    const known = indices.get(key)
    if (known !== undefined) return known
    const index = table.push(make()) - 1
    indices.set(key, index)
    return index
  }

  const text = (value: string): number =>
    value === '' ? 0 : indexIn(message.stringTable, `text ${value}`, () => value)

  const v8 =
    message.attributeTable.push({
      keyStrindex: text('profile.frame.type'),
      value: { stringValue: 'v8js' }
    }) - 1

  const functionIndex = ({ function: name, file }: Frame): number =>
    indexIn(message.functionTable, `function ${name} ${file}`, () => ({
      nameStrindex: text(name || '(anonymous)'),
      filenameStrindex: text(file)
    }))

  const location = (frame: Frame): number =>
    indexIn(message.locationTable, `location ${frame.function} ${frame.file}:${frame.line}:${frame.column}`, () => ({
      lines: [{ functionIndex: functionIndex(frame), line: frame.line, column: frame.column }],
      attributeIndices: [v8]
    }))

  return {
    message,
    text,
    stack(frames: Frame[]): number {
      const locationIndices = frames.map(location)
      return indexIn(message.stackTable, `stack ${locationIndices}`, () => ({ locationIndices }))
    },
    link: (traceId: string, spanId: string): number =>
      indexIn(message.linkTable, `link ${traceId} ${spanId}`, () => ({ traceId, spanId }))
  }
}
