// What comes from elsewhere is shown by the commands, and makes a terminal do nothing.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { anyReport, openConsole } from './console/console.js'
import { printed, ROOT, runProgram, startProgram } from './harness/program.js'

const CLI = path.join(ROOT, 'dist/cli.js')
/** Clears the screen, twice; rings; begins a line; turns what follows around; ends a line for those who write JavaScript. */
const EVIL = 'a\x1b[2J\x9b2J\x07\n\u202eb\u2028c'
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

/** Answers whatever it is asked of a service, a cause and a pool of that name. */
function engineOf(name: string) {
  const labels = { service_name: name, perfagent_cause: name, perfagent_resource: name, server_address: name }
  const body = JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: labels, value: [1, '2'] }] }
  })
  return createServer((_, res) => res.end(body)).listen(0, '127.0.0.1')
}

describe('a terminal obeys nothing that comes', () => {
  for (const json of [[], ['--json']])
    it(`from an engine: ${['fleet', ...json].join(' ')}`, async () => {
      const engine = engineOf(EVIL)
      await once(engine, 'listening')
      const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`
      const { code, stdout } = await runProgram(CLI, {
        preload: 'none',
        args: ['fleet', ...json, '--prometheus', url, '--match', 'x="y"']
      })
      engine.close()
      assert.equal(code, 0)
      assert.doesNotMatch(stdout, OBEYED)
      if (json.length > 0) assert.equal(JSON.parse(stdout).sums.services[0].service, EVIL)
      else assert.ok(stdout.split('\n').every(line => !line.includes('b') || line.includes('a')))
    })

  for (const json of [[], ['--json']])
    it(`from a console: ${['tail', ...json].join(' ')}`, async () => {
      const subject = await openConsole()
      const program = startProgram(CLI, { preload: 'none', args: ['tail', '--url', subject.url, ...json] })
      program.child.disconnect()
      const report = anyReport()
      const evil = anyReport({
        service: { ...report.service, name: EVIL },
        status: EVIL as 'finished',
        breakdown: [{ cause: EVIL as 'unknown', ms: 1, share: 1, detail: EVIL }],
        verdict: {
          ...report.verdict,
          cause: EVIL as 'unknown',
          confidence: EVIL as 'measured',
          summary: `${EVIL} seen`
        }
      })
      // Whether it reads already is not known from outside.
      const sending = setInterval(() => void subject.sendReports([evil]), 100)
      await printed(program, / seen/)
      clearInterval(sending)
      program.child.kill('SIGTERM')
      const { stdout } = await program.outcome
      await subject.close()
      assert.doesNotMatch(stdout, OBEYED)
      if (json.length > 0) assert.equal(JSON.parse(stdout.split('\n')[0]!).verdict.cause, EVIL)
    })
})
