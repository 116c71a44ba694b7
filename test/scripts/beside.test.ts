// `npm run check:beside` with preloaded files that stand in for other agents: those are installed from the registry, and the tests
// are not.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { ROOT, runProgram } from '../harness/program.js'

/** Puts a trace of its own on calls that have none, as an agent does. */
const GOOD = `
const http = require('node:http')
const { get } = http
http.get = (url, options, ...rest) => {
  const call = get(url, options, ...rest)
  if (!call.headersSent && !call.hasHeader('traceparent')) call.setHeader('traceparent', '00-' + 'a'.repeat(32) + '-' + 'b'.repeat(16) + '-01')
  return call
}`
const BAD = `
const http = require('node:http')
const { fetch } = globalThis
const { writeHead } = http.ServerResponse.prototype
globalThis.fetch = (url, options) => fetch(url, { ...options, headers: { traceparent: 'mine' } })
http.ServerResponse.prototype.writeHead = function (...all) {
  this.setHeader('x-agent', 'bad')
  return writeHead.apply(this, all)
}
process.once('exit', () => (process.exitCode = 3))`

describe('check:beside', function () {
  this.timeout(120_000)
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'beside-test-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('passes an agent that leaves answers, traces and the end alone, and tells what another does to them', async () => {
    for (const [name, agent] of Object.entries({ 'good.cjs': GOOD, 'bad.cjs': BAD }))
      await writeFile(path.join(folder, name), agent)
    const args = ['--built', path.join(folder, 'good.cjs'), path.join(folder, 'bad.cjs')]
    const { stdout, stderr, code } = await runProgram(path.join(ROOT, 'scripts/beside.mjs'), { preload: 'none', args })
    assert.equal(code, 1, stdout + stderr)
    for (const good of ['perfagent alone', 'good.cjs before perfagent', 'good.cjs after perfagent'])
      assert.match(stdout, new RegExp(`^✔ ${good}: `, 'm'))
    for (const order of ['before', 'after']) {
      const [, problems] = new RegExp(`^✘ bad\\.cjs ${order} .*\\n((?:    .*\\n)*)`, 'm').exec(stdout)!
      assert.match(problems!, /125 answers are not as bare: .*x-agent/)
      assert.match(problems!, /25 calls carry a traceparent like this: mine/)
      assert.match(problems!, /it ended with 3/)
    }
  })
})
