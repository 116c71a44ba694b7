import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { createBlocks } from '../../lib/export/blocks.js'
import { createExport, type Export } from '../../lib/export/index.js'
import type * as packing from '../../lib/export/packed.js'
import { bytesOf, hold, letGo, type Packed, pack, packPiece, unpack } from '../../lib/export/packed.js'
import { createSqueezer } from '../../lib/export/squeeze.js'
import { type Options, readConfig } from '../../lib/options/config.js'
import { sampleReport } from '../sample-report.js'

/** As long as it says, and like no other. */
const content = (nth: number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 31 + nth) % 251))

/** Of buffers, when those are collected of which nobody knows any more. V8 frees them later, at the next collection at the latest. */
function bytesOfBuffers(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}

describe('a report as bytes', () => {
  it('has no half of a surrogate pair, for which strict readers of JSON refuse all of it', () => {
    const half = '\ud83d'
    const other = '\udfff'
    const path = `/${half}/\\ud83d/\\\\${half}/😀`
    const packed = pack({
      ...sampleReport(),
      request: { ...sampleReport().request, path },
      annotations: { [half]: other }
    })
    assert.doesNotMatch(bytesOf(packed).toString(), /(?<!\\)(?:\\\\)*\\ud/)
    const { request, annotations } = unpack(packed)
    assert.equal(request.path, '/\ufffd/\\ud83d/\\\\\ufffd/😀')
    assert.deepEqual(annotations, { '\ufffd': '\ufffd' })
  })
})

describe('a piece of spans as bytes', () => {
  it('stands for its requests, and for none that were dropped or that it alone tells of', () => {
    const { count, durationMs, dropped, tells } = packPiece({ bytes: Buffer.from('a'), requests: 3, durationMs: 900 })
    assert.deepEqual([count, durationMs, dropped, tells], [3, 900, 0, 0])
  })
})

describe('the blocks of what waits', () => {
  it('keep each content whole, whatever goes meanwhile', () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 2, arbitrary: fc.nat(3000) }, fc.nat().map(String)), { maxLength: 200 }),
        steps => {
          const blocks = createBlocks()
          const kept: { first: number; bytes: Buffer }[] = []
          for (const [nth, step] of steps.entries()) {
            if (typeof step === 'number') {
              const bytes = content(nth, step)
              kept.push({ first: blocks.keep(bytes), bytes })
            } else if (kept.length > 0) {
              const [gone] = kept.splice(Number(step) % kept.length, 1)
              blocks.free(gone!.first, gone!.bytes.length)
            }
            for (const { first, bytes } of kept) assert.deepEqual(blocks.read(first, bytes.length), bytes)
          }
        }
      )
    ))

  it('take no more memory than what was once kept at a time', () => {
    const blocks = createBlocks()
    const lengths = Array.from({ length: 100 }, (_, i) => 100 + ((i * 997) % 5000))
    const kept = lengths.map((length, nth) => blocks.keep(content(nth, length)))
    const most = blocks.keep(content(0, 1))
    for (let round = 0; round < 50; round++) {
      for (let i = round % 2; i < kept.length; i += 2) blocks.free(kept[i]!, lengths[i]!)
      for (let i = round % 2; i < kept.length; i += 2) {
        kept[i] = blocks.keep(content(i, lengths[i]!))
        assert.ok(kept[i]! < most, `${kept[i]} of ${most}`)
      }
    }
  })

  it('begin anew when nothing is left', () => {
    const blocks = createBlocks()
    const kept = Array.from({ length: 1000 }, (_, i) => blocks.keep(content(i, 3000)))
    for (const first of kept) blocks.free(first, 3000)
    assert.deepEqual([blocks.keep(content(0, 252)), blocks.keep(content(1, 252))], [0, 1])
  })

  it('give back what an outage took, when nothing is left', () => {
    const before = bytesOfBuffers()
    const blocks = createBlocks()
    const outage = Buffer.alloc(1e6)
    const kept = Array.from({ length: 20 }, () => blocks.keep(outage))
    assert.ok(bytesOfBuffers() - before > 20e6)
    for (const first of kept) blocks.free(first, outage.length)
    const leftBytes = bytesOfBuffers() - before
    assert.ok(leftBytes < 4e6, `${leftBytes} bytes`)
  })
})

it('a report that was let go reads as nothing, not as the one that came after it', () => {
  const [gone, next] = [pack(sampleReport({ id: 'gone' })), pack(sampleReport({ id: 'next' }))]
  hold(gone, 2)
  letGo(gone)
  assert.equal(unpack(gone).id, 'gone')
  for (let i = 0; i < 2; i++) letGo(gone)
  const after = pack(sampleReport({ id: 'after' }))
  assert.throws(() => unpack(gone), SyntaxError)
  assert.deepEqual([unpack(next).id, unpack(after).id], ['next', 'after'])
})

describe('a report that waits for two destinations', () => {
  const REPORTS = 300
  const sent = new Map<string, unknown>()
  const got = new Map<string, unknown>()
  let server: http.Server
  let outlet: Export
  beforeEach(async () => {
    sent.clear()
    got.clear()
    server = http.createServer(async (req, res) => {
      const chunks: Buffer[] = []
      for await (const chunk of req) chunks.push(chunk)
      got.set(String(req.headers['perfagent-report-id']), JSON.parse(Buffer.concat(chunks).toString()))
      res.end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => {
    outlet.stop()
    server.close()
  })

  function open(code: Options): void {
    const { port } = server.address() as AddressInfo
    const { config } = readConfig({ env: {}, code: { ...code, httpEndpoint: `http://127.0.0.1:${port}/` } })
    outlet = createExport({ config, service: sampleReport().service, colors: false, log: () => {} })
  }

  function push(i: number): void {
    const annotations = { filler: 'ä'.repeat(i) }
    const report = sampleReport({ id: `r${i}`, durationMs: 500 + ((i * 7919) % 3000), annotations })
    sent.set(report.id, JSON.parse(JSON.stringify(report)))
    outlet.push(report)
  }

  it('reaches the one as it was, though the other drops it', async () => {
    // Port 9 is discard: nobody listens.
    open({ otlpLogsEndpoint: 'http://127.0.0.1:9/v1/logs', queueMaxBytes: 100_000 })
    for (let i = 0; i < REPORTS; i++) {
      push(i)
      if (i % 5 === 0) await new Promise(setImmediate)
    }
    await outlet.flush(10_000)
    const { http: live, 'otlp logs': dead } = outlet.counts()
    assert.equal(live!.delivered + live!.dropped, REPORTS)
    assert.equal(dead!.waiting + dead!.dropped, REPORTS)
    assert.ok(live!.delivered > 0 && dead!.dropped > 0)
    assert.equal(got.size, live!.delivered)
    for (const [id, report] of got) assert.deepEqual(report, sent.get(id))
  })

  it('takes no room from then on that both have settled it', async () => {
    open({ file: '/no/such/folder/file' })
    const next = (): Packed['bytes'] => {
      const packed = pack(sampleReport())
      const { bytes } = packed
      hold(packed, 1)
      letGo(packed)
      return bytes
    }
    const before = next()
    for (let i = 0; i < 10; i++) {
      push(i)
      await outlet.flush(10_000)
      // What was freed last is used first.
      assert.equal(next(), before)
    }
    assert.deepEqual(got, sent)
    assert.equal(outlet.counts()['file']!.dropped, 10)
  })
})

describe('a report that is packed', () => {
  const release = (packed: Packed): void => {
    hold(packed, 1)
    letGo(packed)
  }

  it('is what it was, whatever its size and its letters, and whatever came after it', () => {
    const reports = [10, 14_000, 70_000, 200].flatMap(length =>
      ['x', 'ж', '€', '𐍈'].map(letter => sampleReport({ id: letter.repeat(length) }))
    )
    const packed = reports.map(pack)
    assert.deepEqual(packed.map(unpack), JSON.parse(JSON.stringify(reports)))
    for (const each of packed) release(each)
  })

  it('takes no buffer of its own on its way into blocks', () => {
    const report = sampleReport()
    release(pack(report))
    const before = process.memoryUsage().arrayBuffers
    let bytes = 0
    for (let i = 0; i < 500; i++) {
      const packed = pack(report)
      bytes += packed.size
      release(packed)
    }
    const grown = process.memoryUsage().arrayBuffers - before
    assert.ok(grown < bytes / 4, `${grown} of ${bytes}`)
  })
})

describe('what waits, squeezed', () => {
  const text = fc.array(fc.constantFrom('{"name":"SELECT orders"', ',"ms":', '17', 'ж', '{}'), { maxLength: 400 })
  const bytes = fc.oneof(
    text.map(parts => Buffer.from(parts.join(''))),
    fc.uint8Array({ maxLength: 500 }).map(array => Buffer.from(array))
  )

  it('comes back as it was, whatever it is and whatever the first one was', () =>
    fc.assert(
      fc.property(bytes, fc.array(bytes, { maxLength: 5 }), (first, others) => {
        const { squeeze, unsqueeze } = createSqueezer(first)
        for (const json of [first, ...others]) {
          const squeezed = Buffer.from(squeeze(json))
          if (squeezed.length < json.length) assert.deepEqual(unsqueeze(squeezed, json.length), json)
          else assert.deepEqual(squeezed, json)
        }
      })
    ))

  it('comes back as it was where it is larger than most, and repeats what lies far behind', () => {
    const { squeeze, unsqueeze } = createSqueezer(Buffer.from(JSON.stringify(sampleReport())))
    const once = Buffer.from(Array.from({ length: 90_000 }, (_, i) => (i * i * 31) >> 7))
    const large = Buffer.concat([once, Buffer.from(JSON.stringify(sampleReport())), once])
    const squeezed = Buffer.from(squeeze(large))
    assert.ok(squeezed.length < large.length * 0.6, `${squeezed.length} of ${large.length}`)
    assert.deepEqual(unsqueeze(squeezed, large.length), large)
  })

  it('is begun when a megabyte waits, and then takes a quarter of its JSON', () => {
    const { pack, unpack, hold, letGo } = asIfAlone()
    const release = (packed: Packed): void => {
      hold(packed, 1)
      letGo(packed)
    }
    const reports = Array.from({ length: 2000 }, (_, i) => sampleReport({ id: `r${i}`, durationMs: i * 1.7 }))
    const waiting = reports.map(pack)
    const [few, many] = [waiting.slice(0, 50), waiting.slice(500)]
    assert.ok(few.every(({ kept, size }) => kept === size))
    assert.ok(many.every(({ kept, size }) => kept < size / 4))
    assert.deepEqual(waiting.map(unpack), JSON.parse(JSON.stringify(reports)))
    // And lets go of as much as it took.
    for (let i = 1; i < waiting.length; i += 2) release(waiting[i]!)
    for (let i = 1; i < waiting.length; i += 2) waiting[i] = pack(reports[i]!)
    assert.deepEqual(waiting.map(unpack), JSON.parse(JSON.stringify(reports)))
  })
})

/** The module with blocks of its own: in those of the other tests something may wait. */
function asIfAlone(): typeof packing {
  const file = require.resolve('../../lib/export/packed.js')
  const shared = require.cache[file]
  delete require.cache[file]
  const alone = require(file)
  require.cache[file] = shared
  return alone
}
