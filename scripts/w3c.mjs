// `npm run check:w3c -- FOLDER`: the public harness of W3C Trace Context against a service with the agent. FOLDER is a checkout of
// github.com/w3c/trace-context, whose tests are Python's unittest and want aiohttp (Debian: python3-aiohttp). PYTHON names the
// interpreter. They run at level 1 and 2 of the specification, over http and over fetch, and once without the agent, where each
// fails: the service itself knows nothing of traces. Ends with 1 when a test fails with the agent, or when none passed.

import { fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { ROOT } from './prepare.mjs'

const given = process.argv[2]
const folder = [given && path.resolve(given, 'test'), given && path.resolve(given)].find(
  at => at && existsSync(path.join(at, 'test.py'))
)
const python = [process.env.PYTHON, 'python3', '/usr/bin/python3'].find(
  command => command && (command === process.env.PYTHON || spawnSync(command, ['-c', 'import aiohttp']).status === 0)
)
if (!folder || !python) {
  const missing = folder
    ? 'no Python with aiohttp: PYTHON=... or python3-aiohttp'
    : `no test.py in ${given ?? 'FOLDER'}`
  console.error(`npm run check:w3c -- FOLDER\n${missing}`)
  process.exitCode = 2
} else {
  process.exitCode = (await check()) ? 0 : 1
}

async function check() {
  let well = true
  for (const by of ['http', 'fetch'])
    for (const level of ['1', '2']) {
      const run = await runHarness({ way: 'agent', by, level })
      for (const test of run.failing) console.log(`fails: ${test}`)
      console.log(`level ${level}, ${by}: ${told(run)}`)
      if (run.passed === 0) {
        console.log(`nothing passed: this says nothing about the agent\n${run.output}`)
        return false
      }
      well &&= run.code === 0
    }
  console.log(`level 2, http, without the agent: ${told(await runHarness({ way: 'bare', by: 'http', level: '2' }))}`)
  return well
}

function told({ ran, passed, skipped }) {
  return `${passed} of ${ran - skipped} pass${skipped ? `, ${skipped} skipped` : ''}`
}

/** `{ code, ran, passed, skipped, failing, output }` of one run of the harness against one process of the service. */
async function runHarness({ way, by, level }) {
  const service = fork(path.join(ROOT, 'test/apps/trace-context.js'), {
    execArgv: way === 'agent' ? ['--require', path.join(ROOT, 'dist/register.js')] : [],
    env: { ...process.env, PERFAGENT_EXPORT: 'none' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  try {
    const [said] = await once(service.stdout.setEncoding('utf8'), 'data')
    const port = /listening on (\d+)/.exec(said)[1]
    const harness = spawn(python, ['test.py', `http://127.0.0.1:${port}/${by}`], {
      cwd: folder,
      env: { STRICT_LEVEL: '2', ...process.env, SPEC_LEVEL: level, HARNESS_PORT: String(await freePort()) },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let output = ''
    for (const stream of [harness.stdout, harness.stderr])
      stream.setEncoding('utf8').on('data', text => (output += text))
    const [code] = await once(harness, 'close')
    return { code, ...read(output) }
  } finally {
    const gone = once(service, 'exit')
    service.disconnect()
    await gone
  }
}

/** What unittest says at its end: `Ran 40 tests in 2.0s`, `FAILED (failures=1, errors=2, skipped=3)`. */
function read(output) {
  const count = pattern => Number(pattern.exec(output)?.[1] ?? 0)
  const [ran, skipped] = [count(/^Ran (\d+) test/m), count(/\bskipped=(\d+)/)]
  const failed = count(/\bfailures=(\d+)/) + count(/\berrors=(\d+)/)
  const failing = [...output.matchAll(/^(?:FAIL|ERROR): (\S+)/gm)].map(([, test]) => test)
  return { ran, passed: ran - skipped - failed, skipped, failing, output }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}
