// A worker of a cluster that ends while connections come: the primary hands them to the others, and application and primary see of the end
// what they see of the bare service.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type AppOptions, runApp } from './harness/app.js'

const LOST_AFTER_MS = 10_000

describe('a worker of a cluster', function () {
  this.timeout(120_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cluster-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  for (const how of ['ends', 'throws', 'disconnects', 'closes', 'exits'])
    it(`that ${how === 'ends' ? 'calls process.exit()' : `${how} as it ends`} takes no connection along`, async () => {
      const { answers, told } = await ended(how, 'agent')
      assert.deepEqual(new Set(answers), new Set(['2']))
      assert.deepEqual(told, (await ended(how, 'bare')).told)
    })

  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGHUP'])
    it(`that ends itself by ${signal} takes no connection along`, async () => {
      const { answers, told } = await ended(signal, 'agent')
      assert.deepEqual(new Set(answers), new Set(['2']))
      assert.deepEqual(told, (await ended(signal, 'bare')).told)
    })

  it('that listens itself, by a handle that it shares, ends as the bare one', async () => {
    const env = { NODE_CLUSTER_SCHED_POLICY: 'none' }
    const { answers, told } = await ended('ends', 'agent', { env })
    assert.deepEqual(new Set(answers), new Set(['2']))
    assert.deepEqual(told, (await ended('ends', 'bare', { env })).told)
  })

  /** What connections are answered that are made while it ends, and what is told of the end. Of the bare service nothing is asked. */
  async function ended(
    how: string,
    who: 'agent' | 'bare',
    options: AppOptions = {}
  ): Promise<Record<string, string[]>> {
    const file = path.join(folder, who)
    const preload = who === 'bare' ? { preload: 'none' as const } : {}
    const app = await runApp('cluster.js', { ...options, ...preload, args: [how, file] })
    const ports = /^ports (.+)$/m.exec(app.output.stdout)![1]!.split(',')
    app.send('end')
    // By the channel by which the primary is told of the servers, and after that.
    await said(app.output, /"seen"/)
    const answers = who === 'bare' ? [] : await Promise.all([...ports, ...ports, ...ports].map(ask))
    writeFileSync(file, '')
    await said(app.output, /"code"/)
    const { stdout } = await app.stop({ stderr: how === 'throws' ? /nobody catches this/ : /^$/ })
    return { answers, told: stdout.split('\n').filter(line => !/\d{4}/.test(line)) }
  }
})

async function said(output: { stdout: string }, pattern: RegExp): Promise<void> {
  while (!pattern.test(output.stdout)) await new Promise(resolve => setTimeout(resolve, 5))
}

/** The number of the worker that answers. */
async function ask(port: string): Promise<string> {
  const socket = net.connect(Number(port), '127.0.0.1').setEncoding('utf8')
  const timer = setTimeout(() => socket.destroy(), LOST_AFTER_MS)
  let answer = ''
  socket.on('data', text => {
    answer += text
  })
  await once(socket, 'close')
  clearTimeout(timer)
  return answer || 'lost'
}
