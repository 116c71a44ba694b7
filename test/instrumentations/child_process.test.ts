import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'

describe('child_process', () => {
  let app: App
  before(async () => {
    app = await runApp('child_process.mjs')
  })
  after(() => app.stop())

  for (const [path, answer, name, error] of [
    ['/spawn', '0', 'node', null],
    ['/execFile', 'said\n', 'node', null],
    ['/exec', 'said sesame\n', 'sleep', null],
    ['/prepared', '', 'sleep', null],
    ['/quoted', '', 'sh', null],
    ['/loop', '', 'sh', null],
    ['/pipe', '', 'ls | …', null],
    ['/several', '', 'sleep; sleep; wc', 'ended with 1'],
    ['/here', '', 'cat', null],
    ['/fork', '0', 'node child_process.mjs', null],
    ['/fails', '3', 'node', 'ended with 3'],
    ['/missing', 'ENOENT', 'no-such-program', 'it could not be started']
  ] as const)
    it(`${path} is told as ${name}${error === null ? '' : `, which ${error}`}`, async () => {
      assert.equal((await app.get(path)).body, answer)
      const report = await app.reportOf(path)
      assert.deepEqual(
        report.operations.map(each => [each.kind, each.name, each.error]),
        [['process', name, error]]
      )
      assert.ok(!JSON.stringify(report).includes('sesame'))
      if (path !== '/missing') assert.ok(report.breakdown.some(({ cause }) => cause === 'process.slow'))
    })

  it('passes on what spawn throws, and adds no listener', async () => {
    assert.match((await app.get('/throws')).body, /"options.cwd"/)
    const { names, exitCode, own } = JSON.parse((await app.get('/listeners')).body)
    const bare = await runApp('child_process.mjs', { preload: 'none' })
    assert.deepEqual({ names, exitCode, own }, JSON.parse((await bare.get('/listeners')).body))
    await bare.stop()
  })
})
