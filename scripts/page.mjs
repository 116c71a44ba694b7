// Builds the console's page: page/main.tsx with all it needs becomes three files in dist/page, which `perfagent console` serves
// and the package ships. What it is built from (preact, uPlot, dagre) is no dependency of the package.

import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const OUT = path.join(ROOT, 'dist/page')

export async function buildPage() {
  const { metafile } = await build({
    entryPoints: { page: path.join(ROOT, 'page/main.tsx') },
    outdir: OUT,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'inline',
    tsconfig: path.join(ROOT, 'page/tsconfig.json'),
    logLevel: 'warning',
    metafile: true
  })
  await copyFile(path.join(ROOT, 'page/index.html'), path.join(OUT, 'index.html'))
  await writeFile(path.join(OUT, 'licenses.txt'), await licenses(Object.keys(metafile.inputs)))
}

/** What was built in asks for its notice to go along. */
async function licenses(inputs) {
  const packages = inputs.flatMap(file => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])
  const texts = [...new Set(packages)].sort().map(async name => {
    const text = await readFile(path.join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8')
    return `${name}\n\n${text}`
  })
  return (await Promise.all(texts)).join('\n\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage()
