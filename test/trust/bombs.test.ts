// Little that becomes much: what is inflated, or read, is bounded, and so is the memory for it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createGunzip, createGzip, gzipSync } from 'node:zlib'
import { printed, ROOT, startProgram } from '../harness/program.js'
import { outage } from './outage.js'
import { inputs, tried } from './table.js'

const MIB = 1024 * 1024
const CLI = path.join(ROOT, 'dist/cli.js')
const BOMB_BYTES = 400_000_000

/** Of a process, in bytes: what is resident, or the most that was. */
const memoryOf = (pid: number, what: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

async function bombOf(bytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 1 })
  const piece = Buffer.alloc(1_000_000)
  const packed: Buffer[] = []
  gzip.on('data', chunk => packed.push(chunk))
  for (let sent = 0; sent < bytes; sent += piece.length) if (!gzip.write(piece)) await once(gzip, 'drain')
  gzip.end()
  await once(gzip, 'end')
  return Buffer.concat(packed)
}

async function inflateMs(packed: Buffer): Promise<number> {
  const began = performance.now()
  const gunzip = createGunzip()
  gunzip.end(packed)
  await once(gunzip.resume(), 'end')
  return performance.now() - began
}

describe('a bomb', function () {
  this.timeout(120_000)

  it(`of ${BOMB_BYTES / 1e6} MB is refused by the console before it is inflated, and costs little memory`, async () => {
    const bomb = await bombOf(BOMB_BYTES)
    const wholeMs = await inflateMs(bomb)
    const program = startProgram(CLI, { preload: 'none', args: ['console', '--port', '0'] })
    const { child, outcome } = program
    child.disconnect()
    const [, url] = await printed(program, /(http:\/\/[^\s/?]+)\S*\s/)
    const post = (body: Buffer): Promise<Response> =>
      fetch(`${url}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: new Uint8Array(body)
      })
    assert.equal((await post(gzipSync(JSON.stringify({ resourceLogs: [] })))).status, 200)
    const before = memoryOf(child.pid!, 'VmRSS')
    const began = performance.now()
    const { status } = await post(bomb)
    const tookMs = performance.now() - began
    const grewMb = (memoryOf(child.pid!, 'VmHWM') - before) / MIB
    child.kill('SIGTERM')
    await outcome
    assert.equal(status, 413)
    assert.ok(tookMs < wholeMs, `${tookMs.toFixed(0)} ms, and all of it is inflated in ${wholeMs.toFixed(0)}`)
    assert.ok(grewMb < 40, `${grewMb.toFixed(0)} MB`)
    tried(
      'a bomb for the console is refused early',
      1,
      0,
      `${tookMs.toFixed(0)} ms (inflating all of it takes ${wholeMs.toFixed(0)}), +${grewMb.toFixed(0)} MB at the peak`
    )
  })

  it('that a backend answers with costs the agent no memory', async () => {
    const reports = inputs(2_000, 5_000)
    const chunk = Buffer.alloc(64 * 1024)
    const grownBeside = async (answer: (res: http.ServerResponse) => void): Promise<number> => {
      const server = http.createServer((req, res) => req.resume().on('end', () => answer(res)))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const { grown, counts } = await outage(reports, 'http/protobuf', `http://127.0.0.1:${port}`)
      server.closeAllConnections()
      server.close()
      const { delivered, refused, dropped } = counts['otlp logs']!
      assert.ok(delivered > 0 && refused + dropped === 0, JSON.stringify(counts))
      return grown
    }
    const plain = await grownBeside(res => res.end())
    const bombed = await grownBeside(res => {
      let left = 600 * MIB
      res.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }).on('error', () => {})
      const more = (): void => {
        while (!res.destroyed && left > 0 && res.write(chunk)) left -= chunk.length
      }
      res.on('drain', more)
      more()
    })
    const moreMb = (bombed - plain) / MIB
    assert.ok(moreMb < 10, `${moreMb.toFixed(1)} MB more`)
    tried(
      'a bomb as an answer costs no memory (≤ 10 MB)',
      reports,
      0,
      `${moreMb.toFixed(1)} MB more than with plain answers`
    )
  })
})
