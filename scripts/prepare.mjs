// What a fresh clone needs before anything runs: the packages, the compiled code, and the package under its own name.
// Uses nothing but Node until the packages are there.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Without the packages' install scripts: none is needed, and nothing may come from anywhere but the registry. Of what takes long, `say`
 * is told before it begins; so it is by `build`.
 */
export async function install(say = () => {}) {
  if (changedAt('node_modules/.package-lock.json') >= changedAt('package-lock.json')) return 'up to date'
  say('npm ci: packages of tests and examples, the agent itself has none; with an empty cache the longest part …')
  // Its errors in any case: `npm run --silent` silences the npm below it too.
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** From nothing: the tests of a deleted source would still run. */
export async function build(say = () => {}) {
  rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true })
  say('tsc: the agent, the console and their tests …')
  await node('node_modules/typescript/bin/tsc')
  say("tsc: the console's page …")
  await node('node_modules/typescript/bin/tsc', '-p', 'page')
  say('esbuild: the page, and the files of the package …')
  await node('scripts/page.mjs')
  await node('scripts/bundle.mjs')
  linkSelf()
}

/** `--require perfagent/register` is looked up in node_modules, which leads here as it will where the package is installed. */
export function linkSelf() {
  const link = path.join(ROOT, 'node_modules', 'perfagent')
  if (!existsSync(link)) symlinkSync('..', link, 'junction')
}

export const node = (...args) => run(process.execPath, args)

export async function run(command, args) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const [code, signal] = await once(child, 'close')
  if (code !== 0)
    throw new Error(`${output}\n${[path.basename(command), ...args].join(' ')} ended with ${signal ?? code}`)
}

function changedAt(file) {
  return statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
