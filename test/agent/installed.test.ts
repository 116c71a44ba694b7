// A service that was installed as a package, as `npx` and `npm install --global` do, and is started in somebody's project.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runApp } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'

const FILES = {
  'project/package.json': '{ "name": "project" }',
  'cache/node_modules/burner/package.json': '{ "name": "burner" }',
  'cache/node_modules/burner/index.js': `
    const fibonacci = n => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2))
    exports.burn = function burn(ms) {
      for (const until = performance.now() + ms; performance.now() < until; ) fibonacci(25)
      return 'burnt'
    }
  `,
  'cache/node_modules/tool/package.json': '{ "name": "tool" }',
  'cache/node_modules/tool/server.js': `
    const { burn } = require('burner')
    const server = require('node:http').createServer(function answer(req, res) { res.end(burn(300)) })
    server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
    process.once('disconnect', () => server.close())
  `
}

describe('a service that was installed as a package', () => {
  let folder: string
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'perfagent-installed-')))
    for (const [file, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
  })
  after(() => rmSync(folder, { recursive: true }))

  it('is told the line of its own that called a package, not that of the package', async () => {
    const app = await runApp(join(folder, 'cache/node_modules/tool/server.js'), { cwd: join(folder, 'project') })
    const { verdict } = await explainedAs('cpu.own', app, '/burns')
    const { function: name, file } = verdict.culprit!.frame!
    assert.match(name, /answer$/, verdict.summary)
    assert.equal(file, 'node_modules/tool/server.js', verdict.summary)
    await app.stop()
  })
})
