// Builds what is published: each entry of the package, and each program that is started by its path, becomes one file in dist/, with
// what it needs of other packages. So a service loads three files at its start instead of 140, of which each took 0.6 ms (a third of it
// V8's compiler, the rest look-ups in the file system), and installing brings no other package. What the entries share is one file for
// all of them, dist/main.js: there is one agent, whichever entry comes first. The agent itself, dist/agent.js, is loaded when the process
// turns out to be a service, and what few services use of it, dist/provider.js, when it is used: V8 reads all that it loads, 27 µs a kB,
// whether it runs or not.
//
// A module is in one file of these three and no more, because it may have a state: the later ones take what the earlier ones have from them.
//
// No code is made shorter: who reads a stack or a profile finds our functions by their names.
//
// What TypeScript reads of the package is in dist/types: the declarations of the entries, and those that they name. The others, two
// thirds of them, are nobody's business.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { licensesOf, packagesIn } from './bundled.mjs'
import { split } from './split.mjs'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

const ENTRIES = ['index', 'register', 'esm', 'otel']
/**
 * File in dist/ → its sources, in the order in which a process loads them. The clock takes its origin when it is loaded: by the time that
 * the agent is, tests may have installed fake timers. And only what Node itself has loaded may import.
 */
const OF_THE_AGENT = {
  main: ['lib/main.ts', 'lib/process/clock.ts', 'lib/process/import-module.ts'],
  agent: ['lib/agent.ts'],
  provider: ['lib/api/provider.ts']
}
/** The doctor names the libraries that dist/agent.js sees: they are a quarter of what it would be otherwise. */
const COMMANDS = ['lib/cli.ts']
/** Whose types a program can ask for: `exports` of package.json. */
const TYPED = ['index', 'register', 'esm', 'otel']
const PROGRAMS = ['agent-thread', 'doctor-inside', 'trial-service']

/** With `write: false` nothing is. Returns the names of the packages that are in the files. */
export async function bundle({ write = true } = {}) {
  const options = {
    absWorkingDir: ROOT,
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    // Yarn's, and there where its Plug'n'Play is.
    external: ['pnpapi'],
    logLevel: 'warning',
    metafile: true,
    write
  }
  const entryPoints = [...ENTRIES, ...PROGRAMS].map(name => `lib/${name}.ts`)
  const external = [...options.external, './main.js', './register.js']
  const others = await build({ ...options, entryPoints, external })
  const commands = await build({ ...options, entryPoints: COMMANDS, plugins: [LIBRARIES_OF_THE_AGENT] })
  const metafiles = [others.metafile, commands.metafile, ...(await split(OF_THE_AGENT, options))]
  const packages = packagesIn({ inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)) })
  if (write) {
    const files = Object.keys(Object.assign({}, ...metafiles.map(({ outputs }) => outputs)))
    await Promise.all(files.map(withoutSourceNames))
    await writeFile(path.join(ROOT, 'dist/licenses.txt'), licensesOf(ROOT, packages))
    await gatherTypes()
  }
  return packages
}

/** Above each piece of a file esbuild names its source, which is in no package: 3.6 kB of what is packed. */
async function withoutSourceNames(file) {
  const text = await readFile(path.join(ROOT, file), 'utf8')
  await writeFile(path.join(ROOT, file), text.replace(/^\/\/ (?:lib|instrumentations|node_modules)\/\S+\n/gm, ''))
}

async function gatherTypes() {
  const from = path.join(ROOT, 'dist/lib')
  const to = path.join(ROOT, 'dist/types')
  await rm(to, { recursive: true, force: true })
  const files = new Set(TYPED.map(name => `${name}.d.ts`))
  for (const file of files) {
    const text = await readFile(path.join(from, file), 'utf8')
    for (const [, name] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g))
      files.add(path.join(path.dirname(file), `${name}.d.ts`))
    await mkdir(path.dirname(path.join(to, file)), { recursive: true })
    await writeFile(path.join(to, file), text)
  }
}

const LIBRARIES_OF_THE_AGENT = {
  name: 'libraries of the agent',
  setup({ onResolve }) {
    onResolve({ filter: /\/instrumentations\/index\.js$/ }, () => ({ path: './agent.js', external: true }))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
