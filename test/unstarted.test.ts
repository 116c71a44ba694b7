// perfagent loaded as if that started it: said once, with what to write, where that can be known; and nothing where it is right.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { ROOT, runProgram } from './harness/program.js'

const SERVER = `require('node:http').createServer().listen(0, '127.0.0.1', function () { this.close() })`
const ESM_SERVER = `import http from 'node:http'
http.createServer().listen(0, '127.0.0.1', function () { this.close() })`
const WORKER = `new (require('node:worker_threads').Worker)(${JSON.stringify(`require('perfagent'); ${SERVER}`)}, { eval: true })`

interface SetUp {
  /** Node's arguments before the file. */
  flags?: string[]
  env?: Record<string, string>
  file?: string
  text: string
}

const WRONG: [what: string, setUp: SetUp, said: string][] = [
  [
    '--require perfagent',
    { flags: ['--require', 'perfagent'], text: SERVER },
    '--require perfagent loads the API and starts nothing: write --require perfagent/register'
  ],
  [
    '--import perfagent',
    { flags: ['--import', 'perfagent'], file: 'app.mjs', text: ESM_SERVER },
    '--import perfagent loads the API and starts nothing: write --import perfagent/register'
  ],
  [
    'the same in NODE_OPTIONS',
    { env: { NODE_OPTIONS: '-r perfagent' }, text: SERVER },
    '-r perfagent loads the API and starts nothing: write -r perfagent/register'
  ],
  [
    'the same by its file, beside a worker thread that loads the API',
    { flags: ['--require=./node_modules/perfagent/dist/index.js'], text: `${WORKER}\n${SERVER}` },
    '--require perfagent loads the API and starts nothing: write --require perfagent/register'
  ],
  [
    'an import that binds no name',
    { file: 'app.mjs', text: `import 'perfagent'\n${ESM_SERVER}` },
    `import 'perfagent' in app.mjs loads the API and starts nothing: write import 'perfagent/register' as its first line`
  ],
  [
    'a require that takes nothing',
    { text: `"use strict";\nrequire("perfagent");\n${SERVER}` },
    'require("perfagent") in app.js loads the API and starts nothing: write require("perfagent/register") as its first line'
  ]
]

const RIGHT: [what: string, setUp: SetUp][] = [
  [
    'the API alone, and options for where the agent is',
    { env: { PERFAGENT_SLOW_MS: '200' }, text: `const perfagent = require('perfagent')\n${SERVER}` }
  ],
  ['the API alone, where the agent is not', { text: `const perfagent = require('perfagent')\n${SERVER}` }],
  ['the API in a worker thread', { env: { PERFAGENT_SLOW_MS: '200' }, text: WORKER }],
  ['the API and the agent', { flags: ['-r', 'perfagent', '-r', 'perfagent/register'], text: SERVER }],
  [
    'the agent by the first line of the program',
    { flags: ['-r', 'perfagent'], text: `require('perfagent/register')\n${SERVER}` }
  ],
  ['the agent by code', { text: `require('perfagent').start({ slowMs: 200 })\n${SERVER}` }],
  [
    'the agent started and stopped by code',
    { text: `require('perfagent'); require('perfagent').start(); require('perfagent').stop()\n${SERVER}` }
  ],
  ['switched off', { env: { PERFAGENT_ENABLED: 'false', NODE_OPTIONS: '-r perfagent' }, text: SERVER }],
  [
    'switched off by code',
    { flags: ['-r', 'perfagent'], text: `require('perfagent').start({ enabled: false })\n${SERVER}` }
  ],
  ['told to say nothing', { flags: ['-r', 'perfagent'], env: { PERFAGENT_LOG_LEVEL: 'none' }, text: SERVER }],
  ['a tool that serves nothing and inherits NODE_OPTIONS', { env: { NODE_OPTIONS: '-r perfagent' }, text: '' }],
  ['options in the environment of a service without perfagent', { env: { PERFAGENT_SLOW_MS: '200' }, text: SERVER }]
]

describe('perfagent loaded without its register', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-unstarted-'))
    await mkdir(path.join(folder, 'node_modules'))
    await symlink(ROOT, path.join(folder, 'node_modules/perfagent'))
  })
  after(() => rm(folder, { recursive: true }))

  async function stderrOf({ flags = [], env = {}, file = 'app.js', text }: SetUp): Promise<string> {
    const main = path.join(folder, file)
    await writeFile(main, text)
    const { code, stderr } = await runProgram(main, { preload: 'none', nodeArgs: flags, env, cwd: folder })
    assert.equal(code, 0, stderr)
    return stderr
  }

  for (const [what, setUp, said] of WRONG)
    it(`by ${what} is said once, when a server listens`, async () => {
      assert.equal(await stderrOf(setUp), `[perfagent] ${said}\n`)
    })

  for (const [what, setUp] of RIGHT)
    it(`is right, and nothing is said: ${what}`, async () => {
      assert.equal(await stderrOf(setUp), '')
    })
})
