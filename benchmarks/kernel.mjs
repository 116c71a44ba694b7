// Question: what does `perfagent kernel` cost the service that it traces? CPU of the service per request at 5,000 requests/s on
// `/hello`, traced against not traced, and the CPU of the tools beside it. Budget: 3 % of the CPU more in the service, and 3 % of a
// core for the tools once they are attached.
//
// Needs root, bpftrace, perf and tracefs (scripts/kernel.mjs). Only a machine with a core to spare can tell: the load, the service
// and the tools would otherwise be measured in each other's way.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { AGENT } from './harness/contenders.mjs'
import { closedLoad, openLoad } from './harness/load.mjs'
import { cpuMs, ROOT, startService } from './harness/service.mjs'
import { seeded, spread } from './harness/statistics.mjs'

const RATE = 5000
const SLICE_SECONDS = 4
const WARM_UP = 20_000
const VARIANTS = [
  { who: 'all parts', options: [], budget: 1.03 },
  { who: 'without on-cpu', options: ['--without', 'on-cpu'] },
  { who: 'without syscalls', options: ['--without', 'on-cpu,syscalls,off-cpu'] },
  { who: 'without run-queue', options: ['--without', 'on-cpu,run-queue'] }
]

export async function run({ contenders, node, rounds }) {
  const service = await startService(
    'service.js',
    contenders.find(({ name }) => name === AGENT),
    { node }
  )
  await closedLoad(service, '/hello', WARM_UP)
  const random = seeded(1)
  const measure = async () => {
    const before = cpuMs(service)
    const { length } = await openLoad(service, '/hello', RATE, SLICE_SECONDS, random)
    return ((cpuMs(service) - before) * 1000) / length
  }
  const rows = []
  for (const { who, options, budget } of VARIANTS) {
    const costs = []
    const tools = []
    const bare = []
    for (let round = 0; round < rounds; round++) {
      const before = await measure()
      const tracer = await trace(service.pid, options)
      const toolsBefore = tracer.cpuMs()
      const traced = await measure()
      tools.push((tracer.cpuMs() - toolsBefore) / SLICE_SECONDS / 10)
      await tracer.end()
      const untraced = (before + (await measure())) / 2
      bare.push(untraced)
      costs.push(traced / untraced)
    }
    const us = spread(bare).value
    rows.push(
      {
        what: 'CPU per request while traced',
        who,
        unit: '×',
        ...spread(costs),
        budget,
        detail: `of ${us.toFixed(0)} µs`
      },
      {
        what: 'CPU of the tools',
        who,
        unit: '% of a core',
        ...spread(tools),
        budget: budget && 3,
        detail: 'bpftrace, perf and ours'
      }
    )
  }
  await service.stop()
  return rows
}

async function trace(pid, options) {
  const child = spawn(
    process.execPath,
    [`${ROOT}dist/cli.js`, 'kernel', '--pid', pid, '--seconds', '60', '--json', ...options],
    {
      stdio: ['ignore', 'ignore', 'pipe']
    }
  )
  let said = ''
  child.stderr.setEncoding('utf8')
  for await (const text of child.stderr) {
    said += text
    if (said.includes('traces')) break
  }
  if (!said.includes('traces') || said.includes('not seen')) throw new Error(`not attached: ${said}`)
  return {
    cpuMs: () => treeOf(child.pid).reduce((sum, one) => sum + (tryCpuMs(one) ?? 0), 0),
    async end() {
      child.kill('SIGINT')
      await once(child, 'exit')
    }
  }
}

/** The process and what it started, and they in turn. */
function treeOf(pid) {
  const parents = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => [Number(name), parentOf(name)])
  const found = [pid]
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child)
  return found
}

function parentOf(pid) {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1]
    )
  } catch {
    return undefined
  }
}

function tryCpuMs(pid) {
  try {
    return cpuMs({ pid })
  } catch {
    return undefined
  }
}
