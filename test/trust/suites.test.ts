// Libraries that ship their tests pass them with the agent as without it. Others, and Node's own tests: `npm run check:suites`.

import assert from 'node:assert/strict'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../harness/program.js'
import { LONG_FORM, skip } from '../harness/skip.js'
import { LONG, tried } from './table.js'

interface Suite {
  package?: string
  quick?: RegExp
}
interface Outcome {
  files: number
  passed: number
  failed: number
  differing: { test: string; bare: boolean; agent: boolean }[]
}
type Run = (suite: Suite, folder: string, options: { only?: RegExp }) => Promise<Outcome>

const script = (name: string): string => pathToFileURL(path.join(ROOT, 'scripts/suites', name)).href

describe('the own tests of', () => {
  for (const name of ['fastify', 'fastify-websocket', 'fastify-middie'])
    it(`${name} end as without the agent`, async function () {
      this.timeout(LONG ? 600_000 : 120_000)
      const { runSuite } = (await import(script('run.mjs'))) as { runSuite: Run }
      const { SUITES, KNOWN } = (await import(script('table.mjs'))) as Record<'SUITES', Record<string, Suite>> & {
        KNOWN: Record<string, string>
      }
      const suite = SUITES[name]!
      if (!LONG && !suite.quick) skip(this, LONG_FORM)
      const folder = path.join(ROOT, 'node_modules', suite.package!)
      const { passed, differing } = await runSuite(suite, folder, LONG ? {} : { only: suite.quick! })
      const unknown = differing.filter(({ test }) => !(`${name}: ${test}` in KNOWN))
      assert.deepEqual(unknown, [])
      assert.ok(passed > 0, 'nothing passed: this says nothing')
      tried(`the own tests of ${name} end as bare`, passed, unknown.length)
    })
})
