// Slow requests of which no report has told when the process ends: the last report tells of them, or else a line on stderr.

import assert from 'node:assert/strict'
import { runApp } from '../harness/app.js'
import { runProgram } from '../harness/program.js'

const SLOW = 5
const env = { PERFAGENT_MAX_REPORTS_PER_MINUTE: '1', PERFAGENT_EXIT_MS: '10000', PERFAGENT_LOG_LEVEL: 'info' }

/** How many slow requests that were to be reported were lost, and how many counted, by what it says. */
function said(stderr: string) {
  const [, lost = 0] =
    /^\[perfagent\] the process ends and (\d+) slow requests? (?:was|were) not reported/m.exec(stderr) ?? []
  const [, counted = 0] = /^\[perfagent\] the process ends and (\d+) slow requests were counted/m.exec(stderr) ?? []
  return { lost: Number(lost), counted: Number(counted) }
}

describe('a process that ends says how many slow requests were not reported', () => {
  it('where it is over before the agent thread is up', async () => {
    const env = { PERFAGENT_SLOW_MS: '50', PERFAGENT_EXIT_MS: '1', PERFAGENT_EXPORT: 'stdout' }
    const { stderr, stdout, code } = await runProgram('brief.js', { env })
    assert.equal(code, 0)
    // A thread that is quick may just have told.
    assert.ok(said(stderr).lost === 1 || stdout !== '', stderr)
  })

  it('but not where nobody was to get them (PERFAGENT_EXPORT=none)', async () => {
    const env = {
      PERFAGENT_SLOW_MS: '50',
      PERFAGENT_EXIT_MS: '1',
      PERFAGENT_EXPORT: 'none',
      PERFAGENT_LOG_LEVEL: 'info'
    }
    const { stderr, code } = await runProgram('brief.js', { args: ['a job by process.exit(3)'], env })
    assert.equal(code, 3, stderr)
    assert.doesNotMatch(stderr, /slow request/)
  })

  for (const who of ['a job', 'a server'])
    for (const [how, code] of [
      ['by process.exit(3)', 3],
      ['by an uncaught throw', 1],
      ['by an unhandled rejection', 1]
    ] as const)
      it(`or reports it, where ${who} ends it ${how} in the turn in which it was slow`, async () => {
        const env = { PERFAGENT_SLOW_MS: '50', PERFAGENT_EXPORT: 'stdout' }
        const end = (exitMs: string) =>
          runProgram('brief.js', { args: [`${who} ${how}`], env: { ...env, PERFAGENT_EXIT_MS: exitMs } })
        const told = await end('10000')
        assert.equal(told.code, code, told.stderr)
        assert.match(told.stdout, /brief {2}/)
        assert.deepEqual(said(told.stderr), { lost: 0, counted: 0 }, told.stderr)
        const hurried = await end('1')
        assert.equal(hurried.code, code, hurried.stderr)
        // A thread that is quick may just have told.
        assert.ok(said(hurried.stderr).lost === 1 || hurried.stdout !== '', hurried.stderr)
      }).timeout(30_000)

  it('where they were beyond the limit of reports, and none told of them', async () => {
    const app = await runApp('exits.js', { args: ['naturally'], env })
    for (let i = 0; i < SLOW; i++) await app.get('/slow')
    await app.report()
    const { stderr } = await app.stop({ stderr: /./ })
    assert.deepEqual(said(stderr), { lost: 0, counted: SLOW - 1 }, stderr)
  })

  it('but for those of which its last report tells', async () => {
    const app = await runApp('exits.js', { args: ['by process.exit(3)'], env })
    for (let i = 0; i < SLOW; i++) await app.get('/slow')
    await app.report()
    await app.get('/last')
    const { stderr } = await app.outcome
    const { dropped } = await app.report(({ request }) => request.path === '/last', 1000)
    assert.deepEqual([dropped.reports, said(stderr)], [SLOW - 1, { lost: 0, counted: 0 }], stderr)
  })

  it('where a worker thread had more than the limit', async () => {
    const app = await runApp('ended-worker.js', { env })
    const port = Number((await app.get('/worker')).body)
    for (let i = 0; i < SLOW; i++) await app.get('/slow', { port })
    await app.report(({ thread }) => thread !== undefined)
    await app.get('/end')
    const { stderr } = await app.outcome
    assert.deepEqual(said(stderr), { lost: 0, counted: SLOW - 1 }, stderr)
  })
})
