// `npm run check:nodes`: the tests on other lines of Node, all of them on 20 and 24, the core on 22 and 26. Each Node comes from the
// registry (the `node` package), or from a folder: NODES_FOLDER=/somewhere with 22/bin/node and so on. It runs the tests too, so
// that what a test does in its own process is tried as well. Arguments name lines: `npm run check:nodes -- 24`.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { LINES } from './node-lines.mjs'
import { build, install, ROOT, run } from './prepare.mjs'
import { environment, startServices } from './services.mjs'

/** About this machine's browser, kernel and packages, not about Node. */
const ONCE = [
  'dist/test/console/page.test.js',
  'dist/test/kernel/**',
  'dist/test/scripts/**',
  'dist/test/trust/suites.test.js'
]

const wanted = process.argv.slice(2)
await install()
await build()
const services = await startServices(undefined, { log: line => console.log(line) })
const results = []
try {
  for (const line of Object.keys(LINES).filter(name => wanted.length === 0 || wanted.includes(name))) {
    const node = await nodeOf(line)
    console.log(`── ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
    const runner = spawn(
      node,
      [
        'node_modules/mocha/bin/mocha.js',
        '--reporter',
        'dot',
        // What a failed test has left open holds the runner; that nothing does else is seen by `npm run check`.
        '--exit',
        ...ONCE.flatMap(file => ['--ignore', file]),
        ...LINES[line].tests
      ],
      { cwd: ROOT, env: environment(services), stdio: 'inherit' }
    )
    const [code] = await once(runner, 'exit')
    results.push([line, code])
  }
} finally {
  await services.stop()
}
for (const [line, code] of results) console.log(`Node ${line}: ${code === 0 ? 'passed' : 'failed'}`)
process.exitCode = results.length > 0 && results.every(([, code]) => code === 0) ? 0 : 1

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
