// `npm run check:trust`: the long form of test/trust/ and of what other folders try of the same promises, and at its end a table: each
// promise, how much was tried, how much was lost. Ends with 1 when anything was lost or failed. A part of it is in `npm run check`.

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

await install()
await build()
const folder = mkdtempSync(path.join(os.tmpdir(), 'perfagent-trust-'))
const table = path.join(folder, 'table.jsonl')
writeFileSync(table, '')
const services = await startServices(undefined, { log: line => console.log(line) })
const began = performance.now()
try {
  const names = readdirSync(path.join(ROOT, TESTS)).filter(name => name.endsWith('.test.js') && !FIRST.includes(name))
  const waiting = [...FIRST, ...names, ...ALSO]
  const codes = []
  const lane = async () => {
    while (waiting.length > 0) codes.push(await run(waiting.shift()))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  const losses = print(readFileSync(table, 'utf8'))
  console.log(minutes(began))
  process.exitCode = codes.every(code => code === 0) && losses === 0 ? 0 : 1
} finally {
  await services.stop()
  rmSync(folder, { recursive: true })
}

/** What it says is shown when it has ended. */
async function run(name) {
  const began = performance.now()
  const runner = spawn(
    process.execPath,
    ['node_modules/mocha/bin/mocha.js', '--reporter', 'dot', '--exit', ...process.argv.slice(2), `${TESTS}/${name}`],
    {
      cwd: ROOT,
      env: { ...environment(services), PERFAGENT_TRUST: 'long', PERFAGENT_TRUST_TABLE: table },
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
  let output = ''
  for (const stream of [runner.stdout, runner.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const [code] = await once(runner, 'close')
  console.log(`── ${path.basename(name, '.test.js')}, ${minutes(began)}\n${output}`)
  return code
}

function minutes(began) {
  return `${((performance.now() - began) / 60_000).toFixed(1)} minutes`
}

/** Rows of one promise are summed; returns all losses. */
function print(lines) {
  const promises = new Map()
  for (const line of lines.split('\n').filter(Boolean)) {
    const { promise, count, losses, figure } = JSON.parse(line)
    const row = promises.get(promise) ?? { count: 0, losses: 0, figures: new Set() }
    row.count += count
    row.losses += losses
    if (figure) row.figures.add(figure)
    promises.set(promise, row)
  }
  const rows = [...promises].map(([promise, { count, losses, figures }]) => [
    promise,
    count.toLocaleString('en'),
    String(losses),
    [...figures].slice(0, 3).join('; ')
  ])
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column].length), 6))
  console.log(`${'promise'.padEnd(widths[0])}  ${'tried'.padStart(widths[1])}  ${'losses'.padStart(widths[2])}  figure`)
  for (const [promise, tried, losses, figure] of rows)
    console.log(`${promise.padEnd(widths[0])}  ${tried.padStart(widths[1])}  ${losses.padStart(widths[2])}  ${figure}`)
  return rows.reduce((sum, row) => sum + Number(row[2]), 0)
}
