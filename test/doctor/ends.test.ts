// How `perfagent doctor` ends, and the programs that it looks at: what it says of one that has ended, and that nothing is left of
// either, however they end.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Finding } from '../../lib/doctor/finding.js'
import { lastWords } from '../../lib/doctor/last-words.js'
import { checkProgram } from '../../lib/doctor/program.js'
import { checkTrial } from '../../lib/doctor/trial.js'
import { ROOT, runProgram, startProgram } from '../harness/program.js'
import { skip } from '../harness/skip.js'

const CLI = path.join(ROOT, 'dist/cli.js')
const LISTENS_WITHIN_MS = 60_000

/** Not seen by the doctor, which sees what NODE_OPTIONS reaches: it waits for it. It ignores `argv[3]`, and is there while it listens. */
const UNSEEN = `
  if (process.argv[3]) process.on(process.argv[3], () => {})
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
    require('node:fs').writeFileSync(process.argv[2] + '.new', String(server.address().port))
    require('node:fs').renameSync(process.argv[2] + '.new', process.argv[2])
  })`

describe('perfagent doctor at its end', function () {
  this.timeout(100_000)
  let folder: string
  let ports: string
  /** Its temporary files. */
  let temporary: string
  let unseen: string[]
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'doctor-ends-'))
    ports = path.join(folder, 'port')
    temporary = path.join(folder, 'temporary')
    mkdirSync(temporary)
    const file = path.join(folder, 'unseen.js')
    writeFileSync(file, UNSEEN)
    unseen = ['env', '-u', 'NODE_OPTIONS', process.execPath, file, ports]
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function until(met: () => boolean): Promise<void> {
    const late = performance.now() + LISTENS_WITHIN_MS
    for (; !met(); await pause(20)) assert.ok(performance.now() < late)
  }

  /** Whether the program is there. */
  async function listens(): Promise<boolean> {
    const socket = net.connect(Number(readFileSync(ports, 'utf8')), '127.0.0.1')
    const open = await new Promise<boolean>(resolve => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    })
    socket.destroy()
    return open
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`by ${signal} while it looks at a program, leaves neither that nor a file`, async function () {
      if (process.platform === 'win32') skip(this, 'signals are those of POSIX')
      const args = ['doctor', '--', ...unseen]
      const { child, outcome } = startProgram(CLI, { args, preload: 'none', env: { TMPDIR: temporary } })
      child.disconnect()
      await until(() => existsSync(ports))
      assert.ok(await listens())
      child.kill(signal)
      const { signal: by, stdout } = await outcome
      assert.deepEqual([by, stdout, readdirSync(temporary)], [signal, '', []])
      assert.equal(await listens(), false)
    })
  }

  it('by SIGTERM in its trial, leaves no file', async function () {
    if (process.platform === 'win32') skip(this, 'signals are those of POSIX')
    const args = ['doctor']
    const { child, outcome } = startProgram(CLI, { args, preload: 'none', env: { TMPDIR: temporary } })
    child.disconnect()
    await until(() => readdirSync(temporary).length > 0)
    child.kill('SIGTERM')
    assert.equal((await outcome).signal, 'SIGTERM')
    assert.deepEqual(readdirSync(temporary), [])
  })

  it('ends what a program that has ended has left in the background', async function () {
    if (process.platform === 'win32') skip(this, 'groups of processes are those of POSIX')
    const script = '"$@" & until [ -e "$0" ]; do sleep 0.1; done'
    const [finding] = await checkProgram(['sh', '-c', script, ports, ...unseen, 'SIGTERM'])
    assert.equal(finding?.said, 'ended with 0')
    assert.equal(await listens(), false)
  })

  it('a program that a signal ended: by which', async function () {
    if (process.platform === 'win32') skip(this, 'signals are those of POSIX')
    const [finding] = await checkProgram(['sh', '-c', 'echo out of memory >&2; kill -KILL $$'])
    assert.equal(finding?.said, 'ended with SIGKILL: out of memory')
  })

  it('a program that ends with an exception: with its message', async () => {
    const file = path.join(folder, 'app.js')
    writeFileSync(file, `throw Object.assign(new RangeError('no such table'), { of: { 1: 'kind' } })`)
    const [finding] = await checkProgram([process.execPath, file])
    assert.equal(finding?.said, 'ended with 1: RangeError: no such table')
  })

  it('a trial that ends in the middle of its request: that it did', async () => {
    const file = path.join(folder, 'ends.js')
    const channel = `require('node:diagnostics_channel').subscribe('http.server.request.start'`
    writeFileSync(file, `${channel}, () => process.reallyExit(7))`)
    const env = { NODE_OPTIONS: `--require ${JSON.stringify(file)}` }
    const { stdout, stderr } = await runProgram(CLI, { args: ['doctor', '--json'], preload: 'none', env })
    // The doctor itself has no server by HTTP/1 but the one that the trial reports to.
    assert.equal(stderr, '')
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    assert.match(findings.find(({ about }) => about === 'evidence')!.said, /: the trial ended with 7$/)
  })

  it('the trial leaves nothing in the folder where reports of the service wait', async () => {
    const spool = path.join(folder, 'spool')
    process.env['PERFAGENT_SPOOL_DIR'] = spool
    try {
      const [finding] = await checkTrial()
      assert.notEqual(finding?.state, 'wrong')
      assert.equal(existsSync(spool), false)
    } finally {
      delete process.env['PERFAGENT_SPOOL_DIR']
    }
  })

  describe('what a program said last', () => {
    const NODE = '\n\nNode.js v20.20.2\n'
    const cases: Record<string, [stderr: string, expected: string]> = {
      nothing: ['', ''],
      'a line': ['warming up\nport 80 is taken\n', 'port 80 is taken'],
      'an exception': [
        `/app.js:1\nthrow new Error('x')\n^\n\nTypeError [ERR_X]: no URL\n    at main (/app.js:1:7)${NODE}`,
        'TypeError [ERR_X]: no URL'
      ],
      'an exception that has more to it': [
        `Error: no module 'x'\nRequire stack:\n- /app.js\n    at load (node:x:1:1) {\n  code: 'X',\n  [cause]: Error: inner\n}${NODE}`,
        "Error: no module 'x'"
      ],
      'what was thrown and is no error': [
        `/app.js:1\nthrow 'no URL'\n^\nno URL\n(Use \`node --trace-uncaught ...\` to show where the exception was thrown)${NODE}`,
        'no URL'
      ],
      'an error that it has survived': ['Error: no cache\n    at x\nended by its owner\n', 'ended by its owner']
    }
    for (const [title, [stderr, expected]] of Object.entries(cases)) {
      it(title, () => assert.equal(lastWords(stderr), expected))
    }
  })
})
