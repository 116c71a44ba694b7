// Question: how much code does a request of `/hello` and of `/work` run more than without the agent? Instructions in user space, counted
// by valgrind's callgrind: the same number again within 1 to 6 %, however busy the machine is, which no time is. It is the request's path
// alone: what the agent does by the second (its thread, the heartbeat, V8's profiler) would count for some thirty times as many
// requests as valgrind lets through, and is left out. No budget: instructions are no time, and the kernel's are not counted.
//
// When V8 collects and compiles is luck in so few requests, and in `/work` it is a third of all: so what is left without it is told as well.

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
/**
 * V8 optimises once more when connections have come and gone: until then its compiler is most of what is counted. A call of pg-pool's was
 * compiled for good after 40,000 requests.
 */
const PATHS = [
  { url: '/hello', warmUps: 7, warmUp: 12_000, counts: 3, counted: 2000 },
  { url: '/work', warmUps: 8, warmUp: 5000, counts: 2, counted: 2000 }
]

export async function run({ node, peer }) {
  if (spawnSync('valgrind', ['--version']).error) {
    console.error('instructions: valgrind is not there (apt-get install valgrind)')
    return []
  }
  const rows = []
  for (const each of PATHS) {
    const counted = []
    for (const { name, execArgv } of CONTENDERS) counted.push({ name, ...(await count(node, execArgv, peer, each)) })
    rows.push(...rowsOf(each.url, counted))
  }
  return rows
}

function rowsOf(url, [bare, ...others]) {
  return others.flatMap(other =>
    ['all', 'but for collecting and compiling'].map(what => ({
      what: `user instructions per request, ${url}, ${what}`,
      who: other.name,
      unit: '×',
      value: other[what] / bare[what],
      detail: `${Math.round(bare[what])} → ${Math.round(other[what])}`
    }))
  )
}

async function count(node, execArgv, peer, { url, warmUps, warmUp, counts, counted }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-instructions-'))
  const out = path.join(folder, 'out')
  const tool = ['--tool=callgrind', `--callgrind-out-file=${out}`, '--smc-check=all-non-file', '--instr-atstart=no']
  const child = spawn(
    'valgrind',
    [...tool, '--fair-sched=yes', node, ...V8, ...execArgv, `${ROOT}benchmarks/apps/service.js`],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PEER_URL: peer.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: peer.url,
        PERFAGENT_SLOW_MS: '600000'
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc']
    }
  )
  const control = (...what) => execFileSync('callgrind_control', [...what, String(child.pid)], { stdio: 'ignore' })
  try {
    const [service] = await once(child, 'message')
    for (let i = 0; i < warmUps; i++) await closedLoad(service, url, warmUp)
    control('-i', 'on')
    await closedLoad(service, url, counted)
    control('-z')
    for (let i = 0; i < counts; i++) await closedLoad(service, url, counted)
    control('-d')
    const { all, byChance } = sumsOf(readFileSync(`${out}.1`, 'utf8'))
    const requests = counted * counts
    return { all: all / requests, 'but for collecting and compiling': (all - byChance) / requests }
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** V8's functions that collect or compile, by their names in Node 20 to 26. The write barrier runs in each store while V8 marks. */
const BY_CHANCE =
  /Scaveng|Mark(?:ing|Compact)|Concurrent|Sweep|Evacuat|IteratePointers|BodyDescriptor|RememberedSet|WriteBarrier|RecordWrite|MigratedSlot|LiveObject|Ephemeron|WeakCell|GlobalHandles|OnMoveEvent|SizeFromMap|heap::|Heap::|Space::|FreeList|compiler::|[Tt]urboshaft|[Mm]aglev|interpreter::|baseline|[Rr]egalloc|Compiler|Deopt|Translat/

/**
 * Of callgrind's format (https://valgrind.org/docs/manual/cl-format.html): `fn=(ID) NAME`, the name the first time alone, then `LINE COST`
 * of its own; the cost line after a `calls=` is the callee's, which has its own elsewhere.
 */
function sumsOf(text) {
  const names = new Map()
  let isByChance = false
  let isCallee = false
  let all = 0
  let byChance = 0
  for (const line of text.split('\n')) {
    const [, id, name] = /^c?fn=(\(\d+\))(?: (.*))?$/.exec(line) ?? []
    if (name !== undefined) names.set(id, name)
    if (line.startsWith('fn=')) isByChance = BY_CHANCE.test(names.get(id) ?? '')
    else if (line.startsWith('calls=')) isCallee = true
    else if (/^[+*\d-]/.test(line)) {
      const cost = isCallee ? 0 : Number(line.split(' ')[1])
      isCallee = false
      all += cost
      if (isByChance) byChance += cost
    }
  }
  return { all, byChance }
}
