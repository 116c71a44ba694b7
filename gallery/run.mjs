// `npm run gallery`: real bottlenecks, each a small service with a planted cause, and what is said of it.
//
//   npm run gallery -- [--only NAME[/VARIANT],…] [--rounds K] [--short] [--json] [--node PATH] [--write-examples]
//
// Ends with a table and `N of M right, K wrong with confidence`, and 1 unless all is right. `--short` plays one variant of
// the cases that say so, and a wrong one once more: the part that `npm run check` plays. With `--rounds` a row is right when
// each of its rounds is. `--write-examples` puts a report of each cause that was right into its page in docs/causes.
//
// A case is one file of gallery/cases, plain data and plain code:
//
//   app({ timed, … })  the service: `{ routes, close }`. A handler with (req, res) answers itself, another returns its answer.
//                      `timed(fn)` runs the planted work and notes how long it really took; `planted(ms)` says it outright,
//                      by `now()`, which stands still while the kernel runs others; `collected(ms)` how much of it Node
//                      spent collecting: the cause is whichever took more. No word of the agent.
//   load({ get, … })   what is asked of it; a number that it returns is what was planted
//   expect             route, cause (or causes), culprit, ms: a number, or 'planted' for what the app told. `also`: what
//                      other requests of that route may be found to have had; `has`: a cause that the breakdown must name;
//                      `with`: one whose milliseconds were planted too, as what the work left to collect;
//                      `status: 'running'`: told before its end
//   variants           the same bottleneck in other codings: what a variant names replaces what the case says;
//                      `framework: 'express'` serves the same handlers by express
//   cannot()           why it cannot be planted on this machine, if it cannot
//   ordinary           the app gives back the priority that the gallery takes
//   needs, nodeArgs    a service of scripts/services.mjs; flags of Node
//   short              it is part of `npm run check`

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { build, install, ROOT } from '../scripts/prepare.mjs'
import { available } from '../scripts/services/available.mjs'
import { startServices } from '../scripts/services.mjs'
import { writeExamples } from './examples.mjs'
import { play } from './play.mjs'
import { score } from './score.mjs'
import { table } from './table.mjs'
import { variantOf, variantsOf } from './variants.js'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    built: { type: 'boolean', default: false },
    'write-examples': { type: 'boolean', default: false }
  }
})
const CASES = join(ROOT, 'gallery/cases')
const load = createRequire(import.meta.url)
const say = text => options.json || process.stdout.write(`${text}\n`)

async function main() {
  if (!options.built) {
    await install()
    await build()
  }
  takePriority()
  const wanted = chosen()
  const there = await available(['postgres', 'redis'])
  const services = await startServices(there, { log: line => say(`  ${line}`) })
  const rows = []
  const began = performance.now()
  try {
    for (const [i, { name, variant, planted }] of wanted.entries()) {
      if (planted.needs && !there.includes(planted.needs)) {
        say(`  ${title(name, variant)}: left out, ${planted.needs} is not on this machine`)
        continue
      }
      const why = planted.cannot?.()
      if (why) {
        say(`  ${title(name, variant)}: left out, ${why}`)
        continue
      }
      for (let round = 1; round <= Number(options.rounds); round++) {
        const playOnce = async () => ({
          name,
          variant,
          round,
          ...score(planted.expect, await play({ name, variant, planted, node: options.node, env: services.env }))
        })
        const row = await playOnce()
        tell(row, `${i + 1}/${wanted.length}`)
        // Checks run on machines that do other things too: a time may be off once. A confident error is none of theirs.
        const final = options.short && !row.right && !row.wrongly ? await playOnce() : row
        if (final !== row) tell(final, 'again')
        rows.push(final)
      }
    }
  } finally {
    await services.stop()
  }
  if (options['write-examples']) writeExamples(rows, say)
  finish(rows, (performance.now() - began) / 1000)
}

/**
 * Before whatever else this machine does: a service that gets a third of a CPU is slow because of that, and its report says
 * so, which is not what the cases plant. Inherited by services and apps. Nice values would not do: they count only inside a
 * session (sched(7), autogroup), and whoever wakes up still waits for the slice of whoever runs. Only root may.
 */
function takePriority() {
  try {
    execFileSync('chrt', ['--rr', '--all-tasks', '--pid', '1', String(process.pid)], { stdio: 'pipe' })
  } catch (error) {
    say(`  without priority over others: ${error.message.trim()}`)
  }
}

function tell(row, at) {
  say(`${at.padStart(7)} ${mark(row)} ${title(row.name, row.variant)}: ${row.said}`)
  if (row.why) say(`          ${row.why}`)
}

/** In the order of their names; `--only a,b/promise` takes a whole case or one variant of it. */
function chosen() {
  const only = options.only?.split(',')
  const names = readdirSync(CASES).map(file => file.replace(/\.js$/, ''))
  const all = names.flatMap(name => {
    const planted = load(join(CASES, `${name}.js`))
    return variantsOf(planted).map(variant => ({ name, variant, planted: variantOf(planted, variant) }))
  })
  const unknown = only?.find(wanted => !all.some(one => isCalled(one, wanted)))
  if (unknown !== undefined) throw new Error(`there is no case ${unknown}: there are ${names.join(', ')}`)
  const isFirst = ({ name }, i) => all[i - 1]?.name !== name
  const found = all.filter((one, i) =>
    only ? only.some(wanted => isCalled(one, wanted)) : !options.short || isFirst(one, i)
  )
  const wanted = options.short ? found.filter(({ planted }) => planted.short) : found
  if (wanted.length === 0) throw new Error(`${options.only} is not among the short ones`)
  return wanted
}

const isCalled = ({ name, variant }, wanted) => wanted === name || wanted === title(name, variant)

function finish(rows, seconds) {
  const right = rows.filter(row => row.right).length
  const confident = rows.filter(({ wrongly }) => wrongly).length
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ right, of: rows.length, confident, seconds, ...played(), rows }, withoutReports, 2)}\n`
    )
  say(table(rows))
  say(`${right} of ${rows.length} right, ${confident} wrong with confidence (${Math.round(seconds)} s)`)
  process.send?.({ passes: right, failures: rows.length - right })
  if (right < rows.length || rows.length === 0) process.exitCode = 1
}

/** What the numbers hold for. */
const played = () => ({
  node: execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim(),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
  load: loadavg()[1],
  cpus: availableParallelism()
})

const withoutReports = (key, value) => (key === 'report' ? undefined : value)
const title = (name, variant) => (variant ? `${name}/${variant}` : name)
const mark = ({ right }) => (right ? styleText('green', '✔') : styleText('red', '✘'))

// Somebody who asked for the numbers and is gone wants no more of them.
if (process.send) {
  process.once('disconnect', () => process.exit(1))
  process.channel?.unref()
}

main().catch(error => {
  process.stderr.write(`the gallery failed: ${error.message}\n`)
  process.exitCode = 1
})
