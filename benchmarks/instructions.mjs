// Question: how much code does a request of `/hello` run more than without the agent? Instructions in user space, counted by
// valgrind's callgrind: the same number again within 1 to 6 %, however busy the machine is, which no time is. It is the request's path
// alone: what the agent does by the second (its thread, the heartbeat, V8's profiler) would count for some thirty times as many
// requests as valgrind lets through, and is left out. No budget: instructions are no time, and the kernel's are not counted.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AGENT, CONTEXT_ALONE } from './harness/contenders.mjs'
import { closedLoad } from './harness/load.mjs'
import { ROOT } from './harness/service.mjs'

const CONTENDERS = [
  { name: 'bare', execArgv: [] },
  CONTEXT_ALONE,
  { name: AGENT, execArgv: ['--require', `${ROOT}benchmarks/apps/request-path.js`] }
]
/** It compiles and collects on the main thread, and makes no collection for having had nothing to do for a while. */
const V8 = ['--single-threaded', '--no-memory-reducer']
/** V8 optimises once more when connections have come and gone: until then its compiler is most of what is counted. */
const WARM_UPS = 7
const WARM_UP = 12_000
const COUNTED = 2000
const COUNTS = 3

export async function run({ node, peer }) {
  if (spawnSync('valgrind', ['--version']).error) {
    console.error('instructions: valgrind is not there (apt-get install valgrind)')
    return []
  }
  const counted = []
  for (const { name, execArgv } of CONTENDERS) counted.push({ name, each: await count(node, execArgv, peer) })
  return rowsOf(counted)
}

function rowsOf([bare, ...others]) {
  return others.map(({ name, each }) => ({
    what: 'user instructions per request, /hello',
    who: name,
    unit: '×',
    value: each / bare.each,
    detail: `${Math.round(bare.each)} → ${Math.round(each)}`
  }))
}

async function count(node, execArgv, peer) {
  const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-instructions-'))
  const out = path.join(folder, 'out')
  const tool = ['--tool=callgrind', `--callgrind-out-file=${out}`, '--smc-check=all-non-file', '--instr-atstart=no']
  const child = spawn(
    'valgrind',
    [...tool, '--fair-sched=yes', node, ...V8, ...execArgv, `${ROOT}benchmarks/apps/service.js`],
    {
      env: { ...process.env, NODE_OPTIONS: '', OTEL_EXPORTER_OTLP_ENDPOINT: peer.url, PERFAGENT_SLOW_MS: '600000' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc']
    }
  )
  const control = (...what) => execFileSync('callgrind_control', [...what, String(child.pid)], { stdio: 'ignore' })
  try {
    const [service] = await once(child, 'message')
    for (let i = 0; i < WARM_UPS; i++) await closedLoad(service, '/hello', WARM_UP)
    control('-i', 'on')
    await closedLoad(service, '/hello', COUNTED)
    control('-z')
    for (let i = 0; i < COUNTS; i++) await closedLoad(service, '/hello', COUNTED)
    control('-d')
    return totalIn(readFileSync(`${out}.1`, 'utf8')) / (COUNTED * COUNTS)
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

const totalIn = text => Number(/^(?:summary|totals): (\d+)/m.exec(text)[1])
