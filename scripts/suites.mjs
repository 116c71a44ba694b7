// `npm run check:suites -- NAME [PATH] [FILES]`: the own tests of a library behave the same with the agent as without it. NAME is a
// row of suites/table.mjs (`mocha` and `test` are for any checkout), PATH a checkout with its dependencies installed, FILES a
// regular expression for paths in it. Ends with 1 when a test differs that is not known to, or when nothing passed.

import { existsSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './prepare.mjs'
import { runSuite } from './suites/run.mjs'
import { KNOWN, SUITES } from './suites/table.mjs'

const [name, given, files] = process.argv.slice(2)
const suite = SUITES[name]
const folder = given ? path.resolve(given) : suite?.package && path.join(ROOT, 'node_modules', suite.package)
if (!suite || !folder || !existsSync(folder)) {
  console.error(`npm run check:suites -- NAME PATH [FILES]\nNAME: ${Object.keys(SUITES).join(', ')}`)
  process.exitCode = 2
} else {
  const { files: ran, passed, failed, differing } = await runSuite(suite, folder, { only: new RegExp(files ?? '.') })
  const unknown = differing.filter(({ test }) => !(`${name}: ${test}` in KNOWN))
  for (const { test, agent } of differing) {
    const reason = KNOWN[`${name}: ${test}`]
    console.log(
      `${agent ? 'passes only with the agent' : 'fails with the agent'}: ${test}${reason ? ` (known: ${reason})` : ''}`
    )
  }
  console.log(
    `${name}: ${ran} files, ${passed} tests pass both ways, ${failed} fail both ways, ${unknown.length} differ`
  )
  if (passed === 0) console.log('nothing passed: this says nothing about the agent')
  process.exitCode = unknown.length > 0 || passed === 0 ? 1 : 0
}
