// Builds what is published: each entry of the package, and each program that is started by its path, becomes one file in dist/, with
// what it needs of other packages. So a service loads two files at its start instead of 140, of which each took 0.6 ms (a third of it
// V8's compiler, the rest look-ups in the file system), and installing brings no other package. What the entries share is one file for
// all of them, dist/main.js: there is one agent, whichever entry comes first.
//
// Nothing is made shorter: who reads a stack or a profile finds our functions by their names.

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { licensesOf, packagesIn } from './bundled.mjs'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

const ENTRIES = ['index', 'register', 'esm', 'otel', 'main', 'cli']
const PROGRAMS = ['agent-thread', 'doctor-inside', 'trial-service']

/** With `write: false` nothing is. Returns the names of the packages that are in the files. */
export async function bundle({ write = true } = {}) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...ENTRIES, ...PROGRAMS].map(name => `lib/${name}.ts`),
    outdir: 'dist',
    bundle: true,
    external: ['./main.js', './register.js'],
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    logLevel: 'warning',
    metafile: true,
    write
  })
  const packages = packagesIn(metafile)
  if (write) await writeFile(path.join(ROOT, 'dist/licenses.txt'), licensesOf(ROOT, packages))
  return packages
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
