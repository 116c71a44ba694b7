// `npm run check:trust`: the long form of test/trust/ and of what other folders try of the same promises, and at its end a table: each
// promise, how much was tried, how much was lost. Ends with 1 when anything was lost or failed. A part of it is in `npm run check`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build, install, ROOT } from './prepare.mjs'
import { environment, startServices } from './services.mjs'

await install()
await build()
const folder = mkdtempSync(path.join(os.tmpdir(), 'perfagent-trust-'))
const table = path.join(folder, 'table.jsonl')
writeFileSync(table, '')
const services = await startServices(undefined, { log: line => console.log(line) })
const began = performance.now()
try {
  const runner = spawn(
    process.execPath,
    [
      'node_modules/mocha/bin/mocha.js',
      '--reporter',
      'dot',
      '--exit',
      ...process.argv.slice(2),
      'dist/test/trust/**/*.test.js'
    ],
    {
      cwd: ROOT,
      env: { ...environment(services), PERFAGENT_TRUST: 'long', PERFAGENT_TRUST_TABLE: table },
      stdio: 'inherit'
    }
  )
  const [code] = await once(runner, 'exit')
  const losses = print(readFileSync(table, 'utf8'))
  process.exitCode = code === 0 && losses === 0 ? 0 : 1
} finally {
  await services.stop()
  rmSync(folder, { recursive: true })
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
  console.log(`${((performance.now() - began) / 60_000).toFixed(1)} minutes`)
  return rows.reduce((sum, row) => sum + Number(row[2]), 0)
}
