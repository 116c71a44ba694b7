// `npm run check:trust`: the long form of test/trust/ and of what other folders try of the same promises, and at its end a table: each
// promise, how much was tried, how much was lost. Ends with 1 when anything was lost or failed, or no test ran. A part of it is in
// `npm run check`.
// With `-- --write` the table is put into docs/reliability.md too, whatever it says.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build, install, ROOT } from './prepare.mjs'
import { environment, startServices } from './services.mjs'

const TESTS = 'dist/test/trust'
/** Files that run beside one another. None needs a quiet machine: what is compared is compared in one test. */
const AT_ONCE = 2
/** The longest, so that neither waits long for the other at the end. */
const FIRST = ['parsers.test.js']
/** Has a long form too. */
const ALSO = ['../threads.test.js']
const PAGE = path.join(ROOT, 'docs/reliability.md')
const [FROM, TO] = ['<!-- check:trust -->\n', '<!-- /check:trust -->']
const options = process.argv.slice(2)

await install()
await build()
const folder = mkdtempSync(path.join(os.tmpdir(), 'perfagent-trust-'))
const table = path.join(folder, 'table.jsonl')
writeFileSync(table, '')
const services = await startServices(undefined, { log: line => console.log(line) })
const began = performance.now()
let waiting = []
const running = new Set()
let endedBy
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
try {
  const names = readdirSync(path.join(ROOT, TESTS)).filter(name => name.endsWith('.test.js') && !FIRST.includes(name))
  waiting = [...FIRST, ...names, ...ALSO]
  const outcomes = []
  const lane = async () => {
    while (waiting.length > 0) outcomes.push(await run(waiting.shift()))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  if (endedBy === undefined) judge(summed(readFileSync(table, 'utf8')), outcomes)
  else process.exitCode = 128 + os.constants.signals[endedBy]
} finally {
  await services.stop()
  rmSync(folder, { recursive: true })
}

function judge(rows, outcomes) {
  print(rows)
  console.log(minutes(began))
  const failed = outcomes.filter(({ code }) => code !== 0).length
  // A file in which nothing has a name that is asked for is none that failed; all of them are.
  const ran = outcomes.some(({ stats }) => stats && stats.passes + stats.failures > 0)
  if (!ran) console.log('no test ran')
  else if (options.includes('--write')) write(rows, failed)
  process.exitCode = ran && failed === 0 && rows.every(({ losses }) => losses === 0) ? 0 : 1
}

/** A terminal's Ctrl-C has reached the tests already. */
function end(signal) {
  endedBy ??= signal
  waiting = []
  for (const runner of running) runner.kill(signal)
}

/** What it says is shown when it has ended. */
async function run(name) {
  const began = performance.now()
  const runner = spawn(
    process.execPath,
    [
      'node_modules/mocha/bin/mocha.js',
      '--reporter',
      // By its channel the tests end with us also where we are killed.
      'scripts/reporter.cjs',
      '--exit',
      ...options.filter(option => option !== '--write'),
      `${TESTS}/${name}`
    ],
    {
      cwd: ROOT,
      env: { ...environment(services), PERFAGENT_TRUST: 'long', PERFAGENT_TRUST_TABLE: table },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc']
    }
  )
  running.add(runner)
  let stats
  runner.once('message', told => (stats = told))
  let output = ''
  for (const stream of [runner.stdout, runner.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const [code] = await once(runner, 'close')
  running.delete(runner)
  console.log(`── ${path.basename(name, '.test.js')}, ${minutes(began)}\n${output}`)
  return { code, stats }
}

function minutes(began) {
  return `${((performance.now() - began) / 60_000).toFixed(1)} minutes`
}

/** Rows of one promise are one. */
function summed(lines) {
  const promises = new Map()
  for (const line of lines.split('\n').filter(Boolean)) {
    const { promise, count, losses, figure } = JSON.parse(line)
    const row = promises.get(promise) ?? { promise, count: 0, losses: 0, figures: new Set() }
    row.count += count
    row.losses += losses
    if (figure) row.figures.add(figure)
    promises.set(promise, row)
  }
  return [...promises.values()]
}

/** A promise's figures, of which a few say enough. */
function cells({ promise, count, losses, figures }) {
  return [promise, count.toLocaleString('en'), String(losses), [...figures].slice(0, 3).join('; ')]
}

function print(rows) {
  const lines = [['promise', 'tried', 'losses', 'figure'], ...rows.map(cells)]
  const widths = [0, 1, 2].map(column => Math.max(...lines.map(line => line[column].length)))
  for (const [promise, tried, losses, figure] of lines)
    console.log(`${promise.padEnd(widths[0])}  ${tried.padStart(widths[1])}  ${losses.padStart(widths[2])}  ${figure}`)
}

function write(rows, failed) {
  const page = readFileSync(PAGE, 'utf8')
  const [load] = os.loadavg()
  const head =
    `Node ${process.versions.node}, ${os.cpus().length} CPUs, load ${load.toFixed(1)} at the end, ${minutes(began)}; ` +
    `files with a failed test: ${failed}.`
  const table = [
    '| promise | tried | losses | figure |',
    '|---|--:|--:|---|',
    ...rows.map(row => `| ${cells(row).join(' | ')} |`)
  ]
  const text = `${FROM}${head}\n\n${table.join('\n')}\n`
  writeFileSync(PAGE, page.slice(0, page.indexOf(FROM)) + text + page.slice(page.indexOf(TO)))
}
