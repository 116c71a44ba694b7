// VictoriaMetrics for tests, on a free loopback port with a folder of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

const STARTS_WITHIN_MS = 60_000
const ARRIVES_WITHIN_MS = 30_000

export interface Victoria {
  url: string
  /** Where OTLP metrics are sent. */
  metrics: string
  /** Samples as lines of Prometheus's text format, with their milliseconds. */
  add(lines: string): Promise<void>
  /** An instant query, as of `at` (Unix milliseconds; now): labels and value of each row. */
  query(promql: string, at?: number): Promise<{ labels: Record<string, string>; value: number }[]>
  /** Until the query's first value is this: what has come can be asked for a little later. */
  until(promql: string, value: number): Promise<void>
  stop(): Promise<void>
}

export const program = (): string => process.env['PERFAGENT_TEST_VICTORIA_METRICS'] ?? ''

export async function startVictoria(...further: string[]): Promise<Victoria> {
  const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-victoria-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const flags = ['-opentelemetry.usePrometheusNaming', '-search.latencyOffset=0s', '-loggerLevel=ERROR']
  const child = spawn(
    program(),
    [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, ...flags, ...further],
    {
      stdio: ['ignore', 'ignore', 'inherit']
    }
  )
  const ended = once(child, 'exit')
  const deadline = Date.now() + STARTS_WITHIN_MS
  while (!(await fetch(`${url}/health`).catch(() => undefined))?.ok) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error('victoria-metrics does not start')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const engine: Victoria = {
    url,
    metrics: `${url}/opentelemetry/v1/metrics`,
    async query(promql, at = Date.now()) {
      const response = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: promql, time: String(at / 1000) })
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${promql}: ${text}`)
      const { data } = JSON.parse(text) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
    },
    async add(lines) {
      const response = await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: lines })
      if (!response.ok) throw new Error(await response.text())
    },
    async until(promql, value) {
      const deadline = Date.now() + ARRIVES_WITHIN_MS
      for (;;) {
        await fetch(`${url}/internal/force_flush`)
        // As the engine itself answers whoever names no moment: for the second that has begun last.
        const [row] = await engine.query(promql, Math.floor(Date.now() / 1000) * 1000)
        if (row?.value === value) return
        if (Date.now() > deadline) throw new Error(`${promql} is ${row?.value}, not ${value}`)
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    },
    async stop() {
      child.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return engine
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
