// `npm run check:package [LINE…]`: what a user gets. The package is packed, looked at by publint and by TypeScript's ways of finding
// types, and installed from its file into an empty project, where each Node (this one, and those in NODES_FOLDER) loads it by
// `require`, by `import`, and preloaded beside a server.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const LINES = ['20', '22', '24', '26']

const REQUIRED = `
const perfagent = require('perfagent')
require('perfagent/otel')
if (typeof perfagent.start !== 'function' || require('perfagent/report.schema.json').type !== 'object') process.exit(1)
require('perfagent/register')
require('node:http').createServer((req, res) => setTimeout(() => res.end('late'), 20)).listen(0, '127.0.0.1', async function () {
  await (await fetch('http://127.0.0.1:' + this.address().port)).text()
  await perfagent.flush()
  this.close()
})
`
const IMPORTED = `
import * as perfagent from 'perfagent'
import { start } from 'perfagent'
import schema from 'perfagent/report.schema.json' with { type: 'json' }
if (start !== perfagent.start || schema.type !== 'object') process.exit(1)
`
const TYPED = `
import { beforeReport, configure, onSlowRequest, start, type Report } from 'perfagent'
import 'perfagent/register'
start({ slowMs: 5 })
configure({ slowMs: undefined, disable: ['redis'] })
onSlowRequest((report: Report) => report.verdict.cause satisfies string)
function addRegion(report: Report) {
  report.annotations['region'] = 'eu'
}
beforeReport(addRegion)
`
/** How TypeScript looks for types: as Node does in either kind of file, and as bundlers do. */
const RESOLUTIONS = [
  ['node20', 'required.cts'],
  ['node20', 'imported.mts'],
  ['esnext', 'bundled.ts']
]

/** Throws with what is wrong. `say` gets a line for each thing that was right. */
export async function checkPackage(nodes, say = () => {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'perfagent-package-'))
  try {
    const { messages, pkg } = await publint({ pkgDir: ROOT, strict: true, pack: 'npm' })
    if (messages.length > 0) throw new Error(messages.map(message => formatMessage(message, pkg)).join('\n'))
    say('publint has nothing to say')
    install(folder)
    say('packed and installed')
    for (const [module, file] of RESOLUTIONS) types(folder, module, file)
    say('types are found by require, by import and by bundlers')
    for (const node of nodes) say(`${use(folder, node)}: required, imported, preloaded`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function install(folder) {
  const npm = (args, cwd) => execFileSync('npm', [...args, '--loglevel=error'], { cwd, encoding: 'utf8' })
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`], ROOT))
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "empty", "version": "1.0.0", "private": true }')
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`], folder)
}

function types(folder, module, file) {
  writeFileSync(path.join(folder, file), TYPED)
  const typesOfNode = path.join(ROOT, 'node_modules/@types')
  const resolution = module === 'esnext' ? ['--moduleResolution', 'bundler'] : []
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
  const options = ['--noEmit', ...strict, '--target', 'es2023', '--types', 'node', '--typeRoots', typesOfNode]
  run(
    process.execPath,
    [path.join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, '--module', module, ...resolution, file],
    folder
  )
}

function use(folder, node) {
  const version = run(node, ['--version'], folder).trim()
  writeFileSync(path.join(folder, 'required.cjs'), REQUIRED)
  writeFileSync(path.join(folder, 'imported.mjs'), IMPORTED)
  const env = { PERFAGENT_SLOW_MS: '5', NO_COLOR: '1' }
  for (const [args, says] of [
    [['required.cjs'], /GET \/ /],
    [['--require', 'perfagent/register', 'required.cjs'], /GET \/ /],
    [['--require', 'perfagent/register.js', 'required.cjs'], /GET \/ /],
    [['imported.mjs'], /^$/],
    [['--import', 'perfagent/register', 'imported.mjs'], /^$/],
    // Without its optional peer it is perfagent/register.
    [['--import', 'perfagent/esm', 'required.cjs'], /GET \/ /],
    [['node_modules/perfagent/dist/cli.js', 'options'], /PERFAGENT_SLOW_MS +5/]
  ]) {
    const said = run(node, args, folder, env)
    if (!says.test(said)) throw new Error(`${version} ${args.join(' ')} printed\n${said}`)
  }
  return version
}

function run(program, args, cwd, env = {}) {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...env },
      stdio: 'pipe'
    })
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')} failed\n${error.stdout}${error.stderr}`)
  }
}

/** This Node, and of the other lines those that are there. */
function nodesHere(lines = LINES) {
  const folder = process.env.NODES_FOLDER ?? path.join(os.homedir(), '.cache/perfagent-nodes')
  return lines.flatMap(line => {
    if (process.versions.node.startsWith(`${line}.`)) return [process.execPath]
    const places = [path.join(folder, line, 'bin/node'), path.join(folder, `npm-${line}`, 'node_modules/node/bin/node')]
    return places.filter(existsSync).slice(0, 1)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2)
  await checkPackage(nodesHere(asked.length > 0 ? asked : LINES), line => console.log(line))
}
