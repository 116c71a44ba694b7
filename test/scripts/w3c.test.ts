// `npm run check:w3c` against a harness of one test, which stands in for the public one: that wants Python and a checkout.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Outcome, ROOT, runProgram } from '../harness/program.js'

/** Speaks as unittest does. Asks the service to call it back, and looks whether the trace went on. */
const ONE_TEST = `
const { STRICT_LEVEL, HARNESS_PORT } = process.env
const http = require('node:http')
let seen
const server = http.createServer((req, res) => {
  seen = req.headers.traceparent
  res.end()
})
server.listen(Number(HARNESS_PORT), '127.0.0.1', async () => {
  const traceparent = '00-12345678901234567890123456789012-1234567890123456-01'
  const body = JSON.stringify([{ url: 'http://127.0.0.1:' + HARNESS_PORT, arguments: [] }])
  await (await fetch(process.argv[2], { method: 'POST', headers: { traceparent }, body })).text()
  const goesOn = /^00-12345678901234567890123456789012-(?!1234567890123456)/.test(seen)
  console.error(goesOn ? '' : 'FAIL: test_goes_on (__main__.Test)')
  console.error('Ran 2 tests in 0.1s')
  console.error(goesOn ? 'OK (skipped=1)' : 'FAILED (failures=1, skipped=1)')
  process.exit(goesOn && STRICT_LEVEL === '2' ? 0 : 1)
})`

describe('check:w3c', function () {
  this.timeout(60_000)
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'w3c-test-'))
  })
  after(() => rm(folder, { recursive: true }))

  async function check(harness: string): Promise<Outcome> {
    await writeFile(path.join(folder, 'test.py'), harness)
    const env = { PYTHON: process.execPath }
    return runProgram(path.join(ROOT, 'scripts/w3c.mjs'), { preload: 'none', args: [folder], env })
  }

  it('tells what passes at each level with the agent, and without it', async () => {
    const { code, stdout, stderr } = await check(ONE_TEST)
    assert.equal(code, 0, stdout + stderr)
    assert.equal(
      stdout,
      [
        'level 1, http: 1 of 1 pass, 1 skipped',
        'level 2, http: 1 of 1 pass, 1 skipped',
        'level 1, fetch: 1 of 1 pass, 1 skipped',
        'level 2, fetch: 1 of 1 pass, 1 skipped',
        'level 2, http, without the agent: 0 of 1 pass, 1 skipped\n'
      ].join('\n')
    )
  })

  it('names what fails, and ends with 1', async () => {
    const { code, stdout } = await check(ONE_TEST.replace('const goesOn =', 'const goesOn = false &&'))
    assert.equal(code, 1)
    assert.match(stdout, /^fails: test_goes_on\nlevel 1, http: 0 of 1 pass/)
  })

  it('ends with 1 when nothing ran', async () => {
    const { code, stdout } = await check('')
    assert.equal(code, 1)
    assert.match(stdout, /nothing passed: this says nothing about the agent/)
  })
})
