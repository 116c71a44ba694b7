// A limit of threads and processes (`ulimit -u`): where bare Node has as many as it needs, it lives with the agent too. libuv and V8 end a
// process that cannot start one.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { NODE, REGISTER } from '../harness/program.js'
import { skip } from '../harness/skip.js'

/** libuv's, which the first read of a file starts. */
const POOL = 4
/** Its own two, and four for the application. */
const WANTED = 6

const SERVICE = `const fs = require('node:fs')
  const http = require('node:http')
  const threads = fs.readdirSync('/proc/self/task').length
  const server = http.createServer((req, res) => setTimeout(() => res.end(), 600)).listen(0, '127.0.0.1', () => {
    http.get({ port: server.address().port, agent: false }, res => {
      res.resume()
      // In this time the agent's thread comes up, and V8's for the samples.
      setTimeout(() => fs.readFile(process.execPath + '.none', error => {
        console.log(threads, res.statusCode, error.code)
        server.close()
      }), 1500)
    })
  })`

describe('a process that may start few threads', function () {
  this.timeout(120_000)

  it('lives as without the agent, and one line says that this is off', async function () {
    if (process.platform !== 'linux') skip(this, 'only Linux says how many are left')
    if (process.getuid?.() !== 0) skip(this, 'needs root, for a user of its own: the limit counts all processes of one')
    const { stdout } = await run(1000, [])
    const threads = Number(stdout.split(' ')[0])
    for (const spare of [0, 1, WANTED - 1]) {
      const limit = threads + POOL + spare
      const bare = await run(limit, [])
      const { stderr, ...agent } = await run(limit, ['--require', REGISTER])
      assert.deepEqual(bare, { stdout: `${threads} 200 ENOENT\n`, code: 0, signal: null, stderr: '' })
      assert.deepEqual({ ...agent, stderr: '' }, bare)
      assert.match(stderr, /^\[perfagent\] does not start its thread[^\n]*ulimit -u[^\n]*\n$/)
    }
    const enough = await run(threads + POOL + WANTED, ['--require', REGISTER])
    assert.deepEqual(enough, { stdout: `${threads} 200 ENOENT\n`, code: 0, signal: null, stderr: '' })
  })
})

async function run(limit: number, args: string[]) {
  // Not all shells call it by the same letter.
  const script = `ulimit -u ${limit} 2>/dev/null || ulimit -p ${limit}; exec "$0" "$@"`
  const child = spawn('/bin/sh', ['-c', script, NODE, ...args, '-e', SERVICE], {
    cwd: '/',
    env: { PATH: process.env['PATH'], PERFAGENT_EXPORT: 'none' },
    uid: 100_000 + process.pid
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', text => {
      output[stream] += text
    })
  const [code, signal] = await once(child, 'close')
  return { ...output, code, signal }
}
