// Loads files of ours after the application has begun: dist/agent.js and what that asks for (scripts/split.mjs). Main thread and workers.
//
// Not by `require`: the application may have replaced by then what that asks, as tests do, which put other modules in the place of Node's.
// Ours would get them too. So what is Node's comes from Node, and what is ours from its file, by what reads files as this one was loaded.

import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { DIST, entryFile } from './place.js'

const read = readFileSync
const compile = compileFunction
/** Of this very file, dist/main.js, what the later ones take from it. */
const ours = new Map<string, { exports: unknown }>([['./main.js', module]])

/** By its name: `./agent.js`. Throws as `require` does. */
export const loadLater = (name: string): unknown => (DIST === __dirname ? exportsOf(name) : require(name))

const give = Object.assign(
  (name: string): unknown => (name.startsWith('./') ? exportsOf(name) : process.getBuiltinModule(name)),
  require
)

function exportsOf(name: string): unknown {
  const known = ours.get(name)
  if (known) return known.exports
  const file = entryFile(name)
  const module = { exports: {} }
  const run = compile(read(file, 'utf8'), ['exports', 'require', 'module', '__filename', '__dirname'], {
    filename: file
  })
  run(module.exports, give, module, file, __dirname)
  ours.set(name, module)
  return module.exports
}
