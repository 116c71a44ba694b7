// One run of `perfagent kernel` whose bpftrace is a script of the test: how it ends when that ends by itself, when the user is quick,
// and that a request is told once. Needs neither root nor bpftrace; the one part that wants no tracepoint is there everywhere.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { missingFor } from '../../lib/kernel/needs.js'
import { type App, runApp } from '../harness/app.js'
import { type Program, printed, ROOT, startProgram } from '../harness/program.js'
import { skip } from '../harness/skip.js'

/** In a process of its own, because a session goes into another folder. SIGINT leaves, as in the command. */
const SESSION = `
  const { runSession } = require(${JSON.stringify(path.join(ROOT, 'dist/lib/kernel/session.js'))})
  const leaving = new AbortController()
  process.on('SIGINT', () => leaving.abort())
  const say = (...words) => console.log(words.join(' '))
  say('begins')
  runSession({
    pid: Number(process.argv[1]),
    seconds: 50,
    without: ['on-cpu'],
    leaving: leaving.signal,
    attached: () => say('attached'),
    slow: ({ report }) => say('slow', report.spanId),
    note: text => say('note', text)
  }).then(({ brokeOff }) => say('over', brokeOff))`

const TICK = JSON.stringify({ type: 'printf', data: 'tick\t1' })
/** No shell: those started in the background ignore SIGINT for ever. */
const TRACES = `process.on('SIGINT', () => process.exit()); setInterval(console.log, 100, process.argv[1])`
const UNTIL_SIGINT = `exec '${process.execPath}' -e "${TRACES}" '${TICK}'`

describe('a session of perfagent kernel', function () {
  this.timeout(100_000)
  let app: App
  let folder: string
  before(async function () {
    if (process.platform !== 'linux') skip(this, 'perfagent kernel is for Linux')
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-session-'))
    app = await runApp('hello.js')
  })
  after(async () => {
    await app?.stop()
    if (folder) rmSync(folder, { recursive: true })
  })

  function session(version: string, traces: string): Program {
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then ${version}; exit; fi\n${traces}\n`
    writeFileSync(path.join(folder, 'bpftrace'), script, { mode: 0o755 })
    const PATH = `${folder}${path.delimiter}${process.env['PATH']}`
    const nodeArgs = ['-e', SESSION, String(app.pid)]
    const program = startProgram(undefined, { preload: 'none', nodeArgs, env: { PATH } })
    program.child.disconnect()
    return program
  }

  it('whose tool ends by itself says so, and what that said', async () => {
    const program = session(
      'echo bpftrace v0.17.0',
      `printf '%s\\n' '${TICK}'; sleep 0.1; echo ERROR: out of memory >&2; exit 1`
    )
    const { stdout, code } = await program.outcome
    assert.equal(stdout, 'begins\nattached\nover bpftrace ended by itself: out of memory\n')
    assert.equal(code, 0)
  })

  it('does not begin with a perf that is for another kernel', () => {
    writeFileSync(path.join(folder, 'perf'), '#!/bin/sh\necho perf not found for kernel 6.8 >&2; exit 2', {
      mode: 0o755
    })
    const { PATH } = process.env
    process.env['PATH'] = `${folder}${path.delimiter}${PATH}`
    try {
      const whats = missingFor(app.pid, { perf: true, arguments: '' }).map(({ what }) => what)
      assert.ok(whats.includes('perf is not installed, or not for this kernel'), whats.join())
    } finally {
      process.env['PATH'] = PATH
    }
  })

  it('that is left before bpftrace has begun does not wait for that', async () => {
    const program = session('sleep 2; echo bpftrace v0.17.0', UNTIL_SIGINT)
    await printed(program, /begins/)
    program.child.kill('SIGINT')
    const { stdout, durationMs } = await program.outcome
    assert.match(stdout, /over $/m)
    // It would be told after 60 s that nothing is attached.
    assert.ok(durationMs < 50_000, `${durationMs}`)
  })

  it('tells each slow request once, also one that ends right before it does', async () => {
    const program = session('echo bpftrace v0.17.0', UNTIL_SIGINT)
    await printed(program, /attached/)
    while (!program.output.stdout.includes('slow ')) await app.get('/slow')
    const { spanId } = await app.backend.report(({ request }) => request.route === '/slow')
    assert.ok(spanId)
    for (let i = 0; i < 3; i++) await app.get('/slow')
    program.child.kill('SIGINT')
    const { stdout } = await program.outcome
    const told = stdout.match(/^slow .*$/gm)!
    assert.deepEqual(told, [...new Set(told)])
  })
})
