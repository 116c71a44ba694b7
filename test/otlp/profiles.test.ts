// OTLP profiles, decoded by protobufjs with the field numbers of OpenTelemetry's own descriptors; and the ways in which profiles leave.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Profile } from 'pprof-format'
import protobuf from 'protobufjs'
import { createExport } from '../../lib/export/index.js'
import { type Options, readConfig } from '../../lib/options/config.js'
import { toProtobuf } from '../../lib/otlp/encode.js'
import { profiles } from '../../lib/otlp/profiles.js'
import type { Report } from '../../lib/types.js'
import { startBackend } from '../harness/backend.js'
import { sampleReport } from '../sample-report.js'

const FIXTURE = path.join(__dirname, '../../../test/fixtures/otlp-profiles.json')
const official = protobuf.Root.fromJSON(JSON.parse(readFileSync(FIXTURE, 'utf8')))

interface Decoded {
  resourceProfiles: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] }
    scopeProfiles: { profiles: DecodedProfile[] }[]
  }[]
  dictionary: {
    locationTable: { lines: { functionIndex: number; line: string; column: string }[]; attributeIndices: number[] }[]
    functionTable: { nameStrindex: number; filenameStrindex: number }[]
    linkTable: { traceId: string; spanId: string }[]
    stringTable: string[]
    attributeTable: { keyStrindex: number; value: { stringValue: string } | null }[]
    stackTable: { locationIndices: number[] }[]
    mappingTable: object[]
  }
}
interface DecodedProfile {
  sampleType: { typeStrindex: number; unitStrindex: number }
  samples: { stackIndex: number; linkIndex: number; values: string[] }[]
  timeUnixNano: string
  durationNano: string
  period: string
  profileId: string
}

function decode(body: Uint8Array): Decoded {
  const type = official.lookupType('ExportProfilesServiceRequest')
  return type.toObject(type.decode(body), { longs: String, bytes: String, defaults: true, arrays: true }) as Decoded
}

const load = { function: 'load', file: 'src/a.js', line: 7, column: 3 }
const parse = { function: 'parse', file: '', line: 0, column: 0 }
const cpu: NonNullable<Report['evidence']['cpu']> = {
  samples: 4,
  intervalMs: 10,
  coverageShare: 1,
  stacks: [
    { frames: [parse, load], samples: 3, ms: 30.5 },
    { frames: [load], samples: 1, ms: 10 }
  ]
}
const report = (part: Partial<Report> = {}): Report =>
  sampleReport({ ...part, evidence: { ...sampleReport().evidence, cpu } })

describe('OTLP profiles', () => {
  const other = report({ id: 'other', spanId: '1111111111111111' })
  const { resourceProfiles, dictionary } = decode(
    toProtobuf('ExportProfilesServiceRequest', profiles([report(), other], '1.0.0')!)
  )
  const text = (index: number): string => dictionary.stringTable[index]!
  const [{ resource, scopeProfiles } = assert.fail()] = resourceProfiles
  const found = scopeProfiles[0]!.profiles

  it('have a dictionary whose tables begin with nothing', () => {
    assert.equal(text(0), '')
    assert.deepEqual(dictionary.stackTable[0]!.locationIndices, [])
    assert.equal(dictionary.linkTable[0]!.traceId, '')
    assert.deepEqual([dictionary.locationTable[0]!.lines, dictionary.mappingTable.length], [[], 1])
    assert.equal(dictionary.functionTable[0]!.nameStrindex, 0)
    assert.equal(dictionary.attributeTable[0]!.keyStrindex, 0)
    for (const table of [dictionary.stringTable, dictionary.stackTable.map(entry => String(entry.locationIndices))]) {
      assert.equal(new Set(table).size, table.length, 'an entry is there twice')
    }
  })

  it('have each stack with its time, linked to the span of its request', () => {
    const samples = found.map(({ samples }) =>
      samples.map(({ stackIndex, linkIndex, values }) => ({
        frames: dictionary.stackTable[stackIndex]!.locationIndices.map(index => {
          const { lines, attributeIndices } = dictionary.locationTable[index]!
          const { nameStrindex, filenameStrindex } = dictionary.functionTable[lines[0]!.functionIndex]!
          const [attribute] = attributeIndices.map(each => dictionary.attributeTable[each]!)
          assert.deepEqual(
            [text(attribute!.keyStrindex), attribute!.value!.stringValue],
            ['profile.frame.type', 'v8js']
          )
          return `${text(nameStrindex)} ${text(filenameStrindex)}:${lines[0]!.line}:${lines[0]!.column}`
        }),
        span: Buffer.from(dictionary.linkTable[linkIndex]!.spanId, 'base64').toString('hex'),
        values
      }))
    )
    const stacks = [
      { frames: ['parse :0:0', 'load src/a.js:7:3'], values: ['30500000'] },
      { frames: ['load src/a.js:7:3'], values: ['10000000'] }
    ]
    assert.deepEqual(
      samples,
      [report(), other].map(({ spanId }) => stacks.map(({ frames, values }) => ({ frames, span: spanId, values })))
    )
  })

  it('say of what they are, when, for how long, and whose', () => {
    const [profile] = found
    assert.deepEqual([profile!.sampleType.typeStrindex, profile!.sampleType.unitStrindex].map(text), [
      'cpu',
      'nanoseconds'
    ])
    assert.equal(profile!.timeUnixNano, `${Date.parse(report().at)}000000`)
    assert.equal(profile!.durationNano, '812400000')
    assert.equal(profile!.period, '10000000')
    assert.equal(Buffer.from(profile!.profileId, 'base64').length, 16)
    assert.ok(resource.attributes.some(({ key, value }) => key === 'service.name' && value.stringValue === 'orders'))
  })

  it('have a place for each function of one line, as those of minified code are', () => {
    const stacks = [3, 40].map(column => ({ frames: [{ ...load, column }], samples: 1, ms: 10 }))
    const minified = sampleReport({ evidence: { ...report().evidence, cpu: { ...cpu, stacks } } })
    const { dictionary } = profiles([minified], '1.0.0')!
    assert.deepEqual(
      dictionary!.locationTable!.slice(1).map(({ lines }) => lines![0]!.column),
      [3, 40]
    )
  })

  it('are none where nothing was sampled', () => {
    assert.equal(profiles([sampleReport({ evidence: { ...report().evidence, cpu: null } })], '1.0.0'), undefined)
  })
})

describe('profiles leave', () => {
  const open: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })

  async function send(code: (url: string) => Options) {
    const backend = await startBackend()
    open.push(() => backend.close())
    const { config } = readConfig({ env: {}, code: code(backend.url) })
    const outlet = createExport({
      config,
      service: report().service,
      colors: false,
      log: (_, text) => assert.fail(text)
    })
    open.unshift(() => outlet.stop())
    outlet.push(report())
    await outlet.flush(5000)
    return backend
  }
  const namesIn = (pprof: Buffer): string[] => Profile.decode(gunzipSync(pprof)).stringTable.strings

  it('in the HTTP report, by option', async () => {
    const [withOne] = (await send(url => ({ httpEndpoint: `${url}/reports`, profiles: ['http'] }))).reports
    assert.ok(namesIn(Buffer.from(withOne!.evidence.cpu!.pprof!, 'base64')).includes('parse'))
    const [without] = (await send(url => ({ httpEndpoint: `${url}/reports` }))).reports
    assert.equal(without!.evidence.cpu!.pprof, undefined)
  })

  it("in a log record after Splunk's convention, by option", async () => {
    const { logs } = await send(url => ({ otlpLogsEndpoint: `${url}/v1/logs`, profiles: ['log'] }))
    const log = logs.find(({ scope }) => scope === 'otel.profiling')!
    assert.deepEqual(log.attributes, {
      'com.splunk.sourcetype': 'otel.profiling',
      'profiling.data.format': 'pprof-gzip-base64',
      'profiling.data.type': 'cpu',
      'profiling.data.total.frame.count': 3,
      'profiling.instrumentation.source': 'continuous'
    })
    assert.equal(log.spanId, report().spanId)
    assert.ok(namesIn(Buffer.from(String(log.body), 'base64')).includes('load'))
  })

  it('over OTLP, by option', async () => {
    const { received } = await send(url => ({ otlpEndpoint: url, profiles: ['otlp'] }))
    const request = received.find(({ path }) => path === '/v1development/profiles')!
    assert.equal(decode(request.body).resourceProfiles.length, 1)
  })

  it('as files of their owner beside the reports, by option', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-profiles-'))
    open.push(() => rmSync(folder, { recursive: true }))
    await send(() => ({ file: path.join(folder, 'reports.jsonl'), profiles: ['pprof', 'cpuprofile'] }))
    const made = path.join(folder, 'reports.jsonl.profiles')
    const files = readdirSync(made)
    assert.deepEqual(
      files.map(file => file.replace(/^20261122T193100123Z-[\w-]+\./, '')),
      ['cpuprofile', 'pb.gz']
    )
    for (const file of files) assert.equal(statSync(path.join(made, file)).mode & 0o777, 0o600)
    const { nodes, samples } = JSON.parse(readFileSync(path.join(made, files[0]!), 'utf8'))
    assert.equal(samples.length, 4)
    assert.equal(nodes[0].callFrame.functionName, '(root)')
    assert.ok(namesIn(readFileSync(path.join(made, files[1]!))).includes('load'))
  })
})
