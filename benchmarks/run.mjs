// `npm run bench [-- QUESTION…] [--peers] [--node PATH]… [--json] [--write] [--guard]`: answers the questions of this folder,
// one file each, and compares with their budgets. `--peers` measures other agents in the same runs; `--write` puts the answers
// into RESULTS.md in place of older ones, after those that `--json` printed before (`--from FILE`, for a run in pieces);
// `--guard` is short, and ends with 1 when a ratio is 1.5 times over its budget in all rounds, and again when it is asked anew
// with more of them (the machines on which it runs are noisy). Needs PostgreSQL and Redis in the environment, which the npm script starts.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { BARE, ours, peers } from './harness/contenders.mjs'
import { results, textOf } from './harness/results.mjs'
import { ROOT, startSink } from './harness/service.mjs'

const QUESTIONS = [
  'overhead',
  'parts',
  'instructions',
  'latency',
  'operations',
  'start-up',
  'memory',
  'soak',
  'pauses',
  'turns',
  'idle',
  'kernel',
  'metrics',
  'encode',
  'verdict'
]
const GUARDED = ['overhead', 'operations']
/** They run in this process, whatever Node is asked for. */
const IN_PROCESS = ['metrics', 'encode', 'verdict']
const GUARD_TOLERANCE = 1.5
/** What a busy machine does not change: ratios of one run, and bytes. Times are for a person to judge. */
const GUARDED_UNITS = ['×', 'B']
/** Of a whole measurement's requests and seconds. */
const GUARD_SIZE = 1 / 3
const GUARD_ROUNDS = 2

const RESULTS = path.join(ROOT, 'benchmarks', 'RESULTS.md')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [process.execPath] },
    rounds: { type: 'string', default: '7' },
    minutes: { type: 'string', default: '5' },
    requests: { type: 'string', default: '500000' },
    from: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    guard: { type: 'boolean', default: false }
  }
})

const unknown = positionals.filter(name => !QUESTIONS.includes(name))
if (unknown.length > 0) {
  console.error(`No question is called ${unknown.join(', ')}; there are ${QUESTIONS.join(', ')}.`)
  process.exit(2)
}
const asked = positionals.length > 0 ? positionals : values.from.length > 0 ? [] : values.guard ? GUARDED : QUESTIONS
const earlier = values.from.map(file => JSON.parse(readFileSync(file, 'utf8')))
const here = machine()
const rows = []
for (const node of values.node) {
  const version = execFileSync(node, ['--version']).toString().trim()
  for (const name of asked) {
    if (IN_PROCESS.includes(name) && node !== process.execPath) continue
    const answers = values.guard ? await guarded(name, node) : await answer(name, node, Number(values.rounds))
    for (const row of answers) {
      rows.push({ commit: here.commit, load: loadNow(), node: version, question: name, ...row })
      if (!values.json) console.log(`${version}  ${textOf(row)}`)
    }
  }
}

if (values.json)
  console.log(JSON.stringify({ ...here, rows: [...earlier.flatMap(({ rows }) => rows), ...rows] }, null, 2))
if (values.write) {
  const pieces = [...earlier.map(({ rows }) => rows), rows]
  writeFileSync(
    RESULTS,
    results(readFileSync(RESULTS, 'utf8'), pieces, rows.length > 0 ? here : (earlier.at(-1) ?? here), QUESTIONS)
  )
}
if (values.guard) {
  const judged = rows.filter(isJudged)
  const over = judged.filter(isFarOver)
  for (const row of over) console.error(`far over its budget: ${textOf(row)}`)
  if (over.length > 0) process.exitCode = 1
  process.send?.({ passes: judged.length - over.length, failures: over.length })
}

/** What is far over its budget is asked again with twice the rounds. */
async function guarded(name, node) {
  const answers = await answer(name, node, GUARD_ROUNDS)
  return answers.some(isFarOver) ? answer(name, node, GUARD_ROUNDS * 2) : answers
}

function isJudged({ budget, unit }) {
  return budget !== undefined && GUARDED_UNITS.includes(unit)
}

/** In its best round too: a cost is there in each, what else the machine does is not. */
function isFarOver(row) {
  const { value, low = value, budget, known = budget } = row
  return isJudged(row) && low > Math.max(budget, known) * GUARD_TOLERANCE
}

async function answer(name, node, rounds) {
  const peer = await startSink()
  const contenders = [BARE, ...(await ours()), ...(values.peers ? await peers() : [])]
  const { run } = await import(`./${name}.mjs`)
  try {
    return await run({
      contenders,
      node,
      peer,
      rounds,
      size: values.guard ? GUARD_SIZE : 1,
      minutes: Number(values.minutes),
      requests: Number(values.requests)
    })
  } finally {
    for (const { sink } of contenders) sink?.close()
    peer.close()
  }
}

/** Beyond the number of cores, and a measurement's own two, others were at work. */
function loadNow() {
  return Math.round(loadavg()[0])
}

function machine() {
  const [{ model }, ...rest] = cpus()
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT }).toString().trim()
  return {
    cpu: model,
    cores: rest.length + 1,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    commit,
    load: loadNow(),
    day: new Date().toISOString().slice(0, 10)
  }
}
