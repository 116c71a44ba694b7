// `npm run check:nodes`: the tests on other lines of Node, all of them and the short gallery on 20 and 24, the core on 22 and 26. Each
// Node comes from the registry (the `node` package), or from a folder: NODES_FOLDER=/somewhere with 22/bin/node and so on. It runs
// the tests too, so that what a test does in its own process is tried as well. A folder of test/ at a time, each in a process of its
// own; arguments name lines and folders: `npm run check:nodes -- 24 trust export`.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { LINES } from './node-lines.mjs'
import { build, install, ROOT, run } from './prepare.mjs'
import { environment, startServices } from './services.mjs'

const TESTS = 'dist/test'
/** Named as a folder is. */
const GALLERY = 'gallery'
/** About this machine's browser, kernel and packages, not about Node. */
const ONCE = ['console/page.test.js', 'kernel/**', 'scripts/**', 'trust/suites.test.js']

const named = process.argv.slice(2)
const lines = named.filter(name => name in LINES)
const wanted = named.filter(name => !(name in LINES))
await install()
await build()
const services = await startServices(undefined, { log: line => console.log(line) })
const results = []
try {
  for (const line of lines.length > 0 ? lines : Object.keys(LINES)) {
    const node = await nodeOf(line)
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
    const result = { version, passes: 0, failures: 0, pending: 0, broken: [] }
    results.push(result)
    for (const folder of foldersOf(line)) await runFolder(node, folder, result)
  }
} finally {
  await services.stop()
}
for (const { version, passes, failures, pending, broken } of results)
  console.log(`${version}: ${[`${passes} passed, ${failures} failed, ${pending} skipped`, ...broken].join('; ')}`)
process.exitCode = results.every(({ passes, broken }) => passes > 0 && broken.length === 0) ? 0 : 1

/** `.` are the files beside the folders. */
function foldersOf(line) {
  const files = readdirSync(path.join(ROOT, TESTS), { recursive: true }).filter(name => name.endsWith('.test.js'))
  const folders = new Set(files.map(name => (name.includes(path.sep) ? name.split(path.sep)[0] : '.')))
  const all = [...[...folders].sort(), GALLERY]
  const unknown = wanted.find(name => !all.includes(name))
  if (unknown) throw new Error(`"${unknown}" is neither a line of Node nor a folder of tests`)
  const elsewhere = ONCE.filter(name => name.endsWith('/**')).map(name => name.slice(0, -3))
  const ours = LINES[line].folders ?? all.filter(name => !elsewhere.includes(name))
  return ours.filter(name => wanted.length === 0 || wanted.includes(name))
}

async function runFolder(node, folder, result) {
  console.log(`── ${result.version} ${folder}`)
  const began = performance.now()
  const runner = spawn(node, folder === GALLERY ? ['gallery/run.mjs', '--short', '--built'] : mocha(folder), {
    cwd: ROOT,
    env: environment(services),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  let counts = { passes: 0, failures: 0, pending: 0 }
  runner.once('message', stats => (counts = { ...counts, ...stats }))
  const [code, signal] = await once(runner, 'exit')
  for (const key of ['passes', 'failures', 'pending']) result[key] += counts[key]
  if (code !== 0) result.broken.push(`${folder} ended with ${signal ?? code}`)
  console.log(`   ${counts.passes} passed, ${((performance.now() - began) / 1000).toFixed(0)} s`)
}

function mocha(folder) {
  return [
    'node_modules/mocha/bin/mocha.js',
    '--reporter',
    'scripts/reporter.cjs',
    // What a failed test has left open holds the runner; that nothing does else is seen by `npm run check`.
    '--exit',
    ...ONCE.flatMap(file => ['--ignore', `${TESTS}/${file}`]),
    folder === '.' ? `${TESTS}/*.test.js` : `${TESTS}/${folder}/**/*.test.js`
  ]
}

async function nodeOf(line) {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath
  const folder = process.env.NODES_FOLDER ?? path.join(os.homedir(), '.cache/perfagent-nodes')
  const given = path.join(folder, line, 'bin/node')
  if (existsSync(given)) return given
  const prefix = path.join(folder, `npm-${line}`)
  const fetched = path.join(prefix, 'node_modules/node/bin/node')
  if (!existsSync(fetched)) {
    mkdirSync(prefix, { recursive: true })
    // Its install script puts the binary of this platform where it belongs; here it is taken from its own package.
    await run('npm', [
      'install',
      '--prefix',
      prefix,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `node@${line}`
    ])
  }
  return fetched
}
