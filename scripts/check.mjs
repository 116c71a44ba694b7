// `npm run check`: everything that has to be right before a change lands, from a fresh clone on. Each step gets one line;
// the output of those that fail is shown in full. Ends with the numbers of all tests, and 1 unless all is well.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { prepareKernel } from './kernel.mjs'
import { build, install, node, ROOT } from './prepare.mjs'
import { install as installPackages } from './services/apt.mjs'
import { environment, startServices } from './services.mjs'

/** How long the test runner may take to end after its last test. What holds it longer is a leak of a test or of ours. */
const RUNNER_EXIT_MS = 15_000

const MOST_ONCE_MORE = 2

/** Of tests and of the gallery's cases. */
const tests = { passes: 0, failures: 0, pending: 0 }
let failed = false

try {
  await step('install', install)
  await step('build', build)
  // A matter of form does not hide what the tests say.
  await step('lint', () => node('node_modules/@biomejs/biome/bin/biome', 'check', '.')).catch(failure)
  await step('browser', browser)
  await step('kernel', prepareKernel)
  const services = await step('services', print => startServices(undefined, { log: print }))
  try {
    await step('tests', () => runTests(environment(services))).catch(failure)
    if (tests.passes === 0) failure(new Error('no test ran'))
    await step('gallery', () => playGallery(environment(services)))
    await step('overhead', () => guardOverhead(environment(services)))
  } finally {
    await services.stop()
  }
} catch (error) {
  failure(error)
}
process.exitCode = failed ? 1 : 0
const skipped = tests.pending > 0 ? `, ${tests.pending} skipped` : ''
console.log(`${tests.passes} passed, ${tests.failures} failed${skipped}`)

/** The console's page is tested in Chromium; without one those tests are skipped and say so. */
async function browser(log) {
  if (process.env.PERFAGENT_TEST_CHROMIUM || existsSync('/usr/bin/chromium')) return 'there'
  const chromium = { title: 'Chromium', variable: 'PERFAGENT_TEST_CHROMIUM', packages: ['chromium'] }
  await installPackages([chromium], log).catch(error => log(`${error.message}; the tests of the page are skipped`))
}

async function step(name, work) {
  const began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
  console.log(`── ${name}`)
  try {
    const result = await work(line => console.log(`   ${line}`))
    console.log(`   ${typeof result === 'string' ? `${result}, ` : ''}${seconds()}`)
    return result
  } catch (error) {
    console.log(`   failed, ${seconds()}`)
    throw error
  }
}

function failure(error) {
  failed = true
  console.log(error.message)
}

/** Each budget that holds counts as a test passed. After the tests, and alone: it is measured against the clock of the machine. */
async function guardOverhead(env) {
  const guard = spawn(process.execPath, ['benchmarks/run.mjs', '--guard'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  guard.stdout.setEncoding('utf8').on('data', text => process.stdout.write(text.replace(/^(?=.)/gm, '   ')))
  let judged
  guard.once('message', counts => {
    judged = counts
    tests.passes += counts.passes
    tests.failures += counts.failures
  })
  const [code, signal] = await once(guard, 'close')
  if (code !== 0) throw new Error(`overhead: ${judged ? 'far over a budget' : `ended with ${signal ?? code}`}`)
  return `none of ${judged.passes} is over 1.5 times its budget, or what is known of it (docs/overhead.md)`
}

/**
 * One or two that fail are run once more, alone: a shared machine stands still now and then. Their first errors stay in the output, and
 * who passed the second time is named: it has a fault, or the product has.
 */
async function runTests(env) {
  const { passes, failures, pending, failed } = await runMocha(['dist/test/**/*.test.js'], env)
  Object.assign(tests, { passes, failures, pending })
  if (failed.length > MOST_ONCE_MORE || failed.some(({ isHook }) => isHook)) throw new Error('tests failed')
  for (const { file, title } of failed) {
    const again = await runMocha([file, '--fgrep', title], env)
    if (again.passes === 0 || again.failed.length > 0) throw new Error(`failed twice: ${title}`)
    tests.passes++
    tests.failures--
    console.log(`   failed once, and passed when it ran alone: ${title}`)
  }
}

/** Resolves with the numbers of Mocha, and what failed (scripts/reporter.cjs). */
async function runMocha(args, env) {
  const runner = spawn(
    process.execPath,
    ['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/reporter.cjs', ...args],
    {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    }
  )
  let outcome
  let held = false
  runner.once('message', told => {
    outcome = told
    setTimeout(() => {
      held = true
      runner.kill('SIGKILL')
    }, RUNNER_EXIT_MS).unref()
  })
  const [code, signal] = await once(runner, 'exit')
  if (held)
    throw new Error(`the tests left something open: their process had not ended ${RUNNER_EXIT_MS / 1000} s later`)
  if (!outcome || (code !== 0 && outcome.failed.length === 0))
    throw new Error(`the test runner ended with ${signal ?? code}`)
  return outcome
}

/** Planted bottlenecks, and whether the verdicts are right. */
async function playGallery(env) {
  const player = spawn(process.execPath, ['gallery/run.mjs', '--short', '--built'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  player.once('message', ({ passes, failures }) => {
    tests.passes += passes
    tests.failures += failures
  })
  const [code, signal] = await once(player, 'exit')
  if (code !== 0) throw new Error(`the gallery ended with ${signal ?? code}`)
}
