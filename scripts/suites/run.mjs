// Runs a suite's files twice, without the agent and with it, and says which tests end differently.
//
// The control has an empty file preloaded in the same way. A test that ends differently is run again, both ways and alone, since
// tests that race fail now and then without anybody's help: what counts is whether it passes at all.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { ROOT } from '../prepare.mjs'

const FILE_MS = 60_000
const TRIES = 3
const PRELOADS = {
  bare: path.join(ROOT, 'scripts/suites/empty.cjs'),
  agent: path.join(ROOT, 'dist/register.js')
}
/** For suites that hardly serve anything, or the agent would have nothing to do in them. */
const SERVED = path.join(ROOT, 'scripts/suites/served.cjs')
/** For suites of drivers, whose calls count where a request makes them. */
const WITHIN = path.join(ROOT, 'scripts/suites/within.cjs')

/**
 * `suite` is a row of the table, `folder` its checkout, `only` the files wanted. Resolves with
 * `{ files, passed, failed, differing: [{ test, bare, agent }] }`, where failed counts tests that fail without the agent too.
 */
export async function runSuite(
  suite,
  folder,
  { only = /./, node = process.execPath, parallel = suite.alone ? 1 : os.availableParallelism() } = {}
) {
  const files = filesIn(folder).filter(file => suite.files.test(file) && only.test(file))
  const sink = await startSink()
  const context = { suite, folder, node, endpoint: sink.url }
  const total = { files: files.length, passed: 0, failed: 0, differing: [] }
  try {
    const queue = [...files]
    const work = async lane => {
      for (let file = queue.shift(); file; file = queue.shift()) {
        const { bare, agent } = await compare(context, file, lane)
        for (const test of new Set([...bare.keys(), ...agent.keys()])) {
          const outcome = { test: `${file} > ${test}`, bare: bare.get(test) === true, agent: agent.get(test) === true }
          if (outcome.bare !== outcome.agent) total.differing.push(outcome)
          else if (outcome.bare) total.passed++
          else total.failed++
        }
      }
    }
    await Promise.all(Array.from({ length: parallel }, (_, lane) => work(lane)))
  } finally {
    sink.close()
  }
  return total
}

async function compare(context, file, lane) {
  const bare = new Map()
  const agent = new Map()
  for (let tries = 0; tries < TRIES; tries++) {
    merge(bare, await runFile(context, file, 'bare', lane))
    merge(agent, await runFile(context, file, 'agent', lane))
    if ([...bare.keys(), ...agent.keys()].every(test => bare.get(test) === agent.get(test))) break
  }
  return { bare, agent }
}

function merge(results, more) {
  for (const [test, passed] of more) results.set(test, results.get(test) || passed)
}

/** Test → whether it passed; `ends well` is the process's own exit code. */
async function runFile({ suite, folder, node, endpoint }, file, way, lane) {
  const { command, read } = RUNNERS[suite.run]
  const child = spawn(node, [...(suite.args ?? []), ...command(file, path.join(folder, file))], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_OPTIONS: [PRELOADS[way], ...(suite.served ? [SERVED] : []), ...(suite.within ? [WITHIN] : [])]
        .map(file => `--require ${JSON.stringify(file)}`)
        .join(' '),
      PERFAGENT_HTTP_ENDPOINT: endpoint,
      PERFAGENT_SLOW_MS: '20',
      TEST_THREAD_ID: String(lane)
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => (output += text))
  child.stderr.resume()
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), FILE_MS)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  const results = read(output)
  results.set('ends well', code === 0)
  return results
}

const RUNNERS = {
  exit: {
    command: (file, absolute) => [
      ...(/^\/\/ Flags: (.*)$/m.exec(readFileSync(absolute, 'utf8'))?.[1].split(/\s+/) ?? []),
      file
    ],
    read: () => new Map()
  },
  test: { command: file => ['--test-reporter=tap', '--test-reporter-destination=stdout', file], read: readTap },
  mocha: {
    command: file => [path.join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--exit', '--reporter', 'tap', file],
    read: readTap
  },
  ava: { command: file => ['node_modules/ava/cli.js', '--tap', file], read: readTap }
}

/** Names of nested tests have those around them in front; the indent of TAP tells the depth, parents come after children. */
function readTap(output) {
  const results = new Map()
  const above = []
  for (const line of output.split('\n')) {
    const [, indent, name] = /^( *)# Subtest: (.*)$/.exec(line) ?? []
    if (name !== undefined) above.splice(indent.length / 4, above.length, name)
    const [, spaces, not, said] = /^( *)(not )?ok \d+ ?-? ?(.*?)(?: # (?:time|SKIP|TODO).*)?$/.exec(line) ?? []
    if (said === undefined) continue
    const test = [...above.slice(0, spaces.length / 4), said.replace(/\d{4,}/g, 'N')].join(' > ')
    results.set(test, (results.get(test) ?? true) && !not)
  }
  return results
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry =>
      path
        .relative(folder, path.join(entry.parentPath ?? entry.path, entry.name))
        .split(path.sep)
        .join('/')
    )
    .filter(file => !file.includes('node_modules/'))
    .sort()
}

/** Takes every report, so that the agent has all its work to do. */
async function startSink() {
  const server = http.createServer((req, res) => {
    req.resume()
    req.on('end', () => res.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}
