// What docs/compatibility.md says in tables: of each instrumentation the library versions that its tests run against, which are
// those of package-lock.json and of test/versions; and the lines of Node.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { LINES } from './node-lines.mjs'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

const read = file => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'))

export function libraryTable(instrumentations) {
  const { packages } = read('package-lock.json')
  const { devDependencies } = read('package.json')
  const oldest = pinned('oldest', packages)
  const between = pinned('before-channels', packages)
  const rows = instrumentations.flatMap(instrumentation => {
    const names = namesOf(instrumentation).filter(name => devDependencies[name] || oldest[name] || between[name])
    if (names.length === 0) return [[instrumentation.name, 'Node itself', '', '', '']]
    return names.map(name => [
      instrumentation.name,
      `\`${name}\``,
      oldest[name] ?? '',
      between[name] ?? '',
      devDependencies[name] ? packages[`node_modules/${name}`].version : ''
    ])
  })
  return [
    '| instrumentation | library | oldest | last without channels | newest |',
    '|---|---|---|---|---|',
    ...rows.map(([name, ...cells]) => `| \`${name}\` | ${cells.join(' | ')} |`)
  ].join('\n')
}

export const nodeTable = () =>
  ['| Node | tests |', '|---|---|', ...Object.entries(LINES).map(([line, { told }]) => `| ${line} | ${told} |`)].join(
    '\n'
  )

/** The packages that it names: in what it supports, and where it patches. */
function namesOf({ supports, patches = [] }) {
  const named = [...supports.matchAll(/`((?:@[\w-]+\/)?[\w.-]+)`/g)].map(([, name]) => name)
  return [...new Set([...named, ...patches.map(({ module }) => module)])]
}

/** Name → version as installed there. */
function pinned(workspace, packages) {
  const { dependencies = {} } = read(`test/versions/${workspace}/package.json`)
  return Object.fromEntries(
    Object.keys(dependencies).map(name => {
      const own = packages[`test/versions/${workspace}/node_modules/${name}`]
      return [name, (own ?? packages[`node_modules/${name}`]).version]
    })
  )
}
