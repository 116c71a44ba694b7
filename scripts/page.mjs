// Builds the console's page: page/main.tsx with all it needs becomes three files in dist/page, which `perfagent console` serves
// and the package ships. What it is built from (preact, uPlot, dagre) is no dependency of the package.

import { copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { licensesOf, packagesIn } from './bundled.mjs'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const OUT = path.join(ROOT, 'dist/page')

/** With `write: false` nothing is. Returns the names of the packages that are in the files. */
export async function buildPage({ write = true } = {}) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { page: path.join(ROOT, 'page/main.tsx') },
    outdir: OUT,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'inline',
    tsconfig: path.join(ROOT, 'page/tsconfig.json'),
    logLevel: 'warning',
    metafile: true,
    write
  })
  const packages = packagesIn(metafile)
  if (!write) return packages
  await copyFile(path.join(ROOT, 'page/index.html'), path.join(OUT, 'index.html'))
  await writeFile(path.join(OUT, 'licenses.txt'), licensesOf(ROOT, packages))
  return packages
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage()
