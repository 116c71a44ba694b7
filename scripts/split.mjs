// Bundles one program into several files, each loaded later than the one before, if at all. Each module is in one of them, because it may
// have a state: in the first whose source needs it. What a later file needs of an earlier one it takes from its exports, once, so that
// a call costs what it does inside one file.

import path from 'node:path'
import { build } from 'esbuild'

/** `parts`: name of a file → its sources, in the order in which they are loaded. Returns esbuild's metafile of each. */
export async function split(parts, options) {
  const alone = { ...options, write: false, metafile: true }
  const names = Object.keys(parts)
  const external = [...options.external, ...names.map(name => `./${name}.js`)]
  const graphs = await Promise.all(
    names.map(async name => (await build({ ...alone, external, entryPoints: parts[name] })).metafile.inputs)
  )
  const owners = new Map()
  for (const [i, graph] of graphs.entries())
    for (const file of Object.keys(graph)) if (!owners.has(file)) owners.set(file, names[i])

  const shared = new Map()
  for (const graph of graphs)
    for (const [file, { imports }] of Object.entries(graph))
      for (const { path: to, external } of imports)
        if (!external && owners.get(to) !== owners.get(file)) shared.set(to, await exportsOf(to, alone))
  return Promise.all(names.map(name => bundlePart(name, parts[name], { owners, shared }, { ...options, external })))
}

async function exportsOf(file, options) {
  const { metafile } = await build({ ...options, entryPoints: [file], format: 'esm' })
  return Object.values(metafile.outputs)[0].exports
}

async function bundlePart(name, sources, { owners, shared }, options) {
  const given = [...shared.keys()].filter(file => owners.get(file) === name)
  const twice = given.flatMap(file => shared.get(file)).find((each, i, all) => all.indexOf(each) !== i)
  if (twice) throw new Error(`two modules in ${name}.js that later files need export ${twice}: rename one`)
  const lines = [...new Set([...sources, ...given])].map(file => `export * from './${file}'`)
  const { metafile } = await build({
    ...options,
    stdin: { contents: lines.join('\n'), resolveDir: options.absWorkingDir, sourcefile: `${name}.js` },
    entryNames: name,
    plugins: [takenFrom(name, owners, shared, options.absWorkingDir)]
  })
  return metafile
}

const takenFrom = (name, owners, shared, root) => ({
  name: 'taken from an earlier file',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const source = path.relative(root, file).replaceAll(path.sep, '/')
      const owner = owners.get(source)
      if (owner === name) return undefined
      return { contents: `export const { ${shared.get(source).join(', ')} } = require('./${owner}.js')` }
    })
  }
})
