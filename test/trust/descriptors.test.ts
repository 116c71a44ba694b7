// A limit of descriptors that leaves the service few of them (`ulimit -n`): it can open as many as without the agent.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { NODE, REGISTER } from '../harness/program.js'
import { skip } from '../harness/skip.js'

/** Of these the burst takes one each; the agent's thread would hold 12 to 14. */
const AT_ONCE = 6
const LEFT = 8

const SERVICE = `const fs = require('node:fs')
  const server = require('node:http').createServer((req, res) => {
    if (req.url === '/slow') setTimeout(() => res.end('slow'), 600)
    else if (req.url === '/read') fs.readFile(process.execPath + '.none', error => res.end(error.code))
    else {
      res.end(String(fs.readdirSync('/proc/self/fd').length - 1))
      server.close()
    }
  }).listen(0, '127.0.0.1', () => fs.writeSync(1, server.address().port + '\\n'))`

describe('a process that may open few descriptors', function () {
  this.timeout(60_000)

  it('has as many for its connections as without the agent, and one line says so', async function () {
    if (process.platform !== 'linux') skip(this, 'only Linux says how many are left')
    const { open } = await run('1000', [])
    // The connection that asked is one of them.
    const limit = String(Number(open) - 1 + LEFT)
    const bare = await run(limit, [])
    const { stderr, ...agent } = await run(limit, ['--require', REGISTER])
    assert.deepEqual(bare, { answers: Array(AT_ONCE).fill('slow'), read: 'ENOENT', open, code: 0, stderr: '' })
    assert.deepEqual({ ...agent, stderr: '' }, bare)
    assert.match(stderr, /^\[perfagent\] does not start its thread[^\n]*ulimit -n[^\n]*\n$/)
  })
})

async function run(limit: string, args: string[]) {
  const child = spawn('/bin/sh', ['-c', `ulimit -n ${limit}; exec "$0" "$@"`, NODE, ...args, '-e', SERVICE], {
    env: { PATH: process.env['PATH'] }
  })
  let stderr = ''
  child.stderr.on('data', text => {
    stderr += text
  })
  const [port] = await once(child.stdout, 'data')
  const get = (path: string): Promise<string> => answerOf(Number(String(port)), path)
  await get('/read')
  // In this time the agent's thread comes up.
  await get('/slow')
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => get('/slow')))
  const read = await get('/read')
  const open = await get('/open')
  const [code] = await once(child, 'close')
  return { answers, read, open, code, stderr }
}

function answerOf(port: number, path: string): Promise<string> {
  return new Promise(resolve => {
    const request = http.get({ port, host: '127.0.0.1', path, agent: false, timeout: 5000 }, async response => {
      let text = ''
      response.on('data', part => {
        text += part
      })
      response.on('close', () => resolve(text))
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', (error: Error) => resolve(error.message))
  })
}
