// Who imports what in lib/ and instrumentations/, read from the sources.

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.join(__dirname, '../..')

export interface Import {
  /** The file, from the repository's root: `lib/hook/wrap.ts`. */
  from: string
  /** What it says: a package, `node:fs`, `../types.js`. */
  specifier: string
  /** The file from the root, or the specifier of what is no file of ours. */
  to: string
  /** Gone when it runs. */
  typeOnly: boolean
}

/** Tracked, and those that are about to be. */
export function files(...patterns: string[]): string[] {
  const args = ['ls-files', '-co', '--exclude-standard', '--deduplicate', '--', ...patterns]
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(Boolean)
  // No links to folders, and not what is deleted on the way to the next commit.
  return listed.filter(file => statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.isFile())
}

export const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

export const sources = (): string[] => files('lib/*.ts', 'lib/**/*.ts', 'instrumentations/*.ts')

export const allImports = (): Import[] => sources().flatMap(file => importsOf(file, text(file)))

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `require('x')`, `loadLater('x')`, `import('x')`, `typeof import('x')`. */
const STATEMENT = /^(?:import|export)\s+(type\s)?(?:([\w*{}\s,$]*?)\s*from\s*)?'([^']+)'/gm
const CALL = /(typeof\s+)?\b(?:require|loadLater|import|getBuiltinModule)\('([^']+)'\)/g

export function importsOf(from: string, code: string): Import[] {
  const made = (specifier: string, typeOnly: boolean): Import => ({
    from,
    specifier,
    to: specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(from), specifier).replace(/\.js$/, '.ts')
      : specifier,
    typeOnly
  })
  const bare = code.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '')
  return [
    ...[...bare.matchAll(STATEMENT)].map(([, type, names = '', specifier]) =>
      made(specifier!, type !== undefined || onlyTypes(names))
    ),
    ...[...bare.matchAll(CALL)].map(([, type, specifier]) => made(specifier!, type !== undefined))
  ]
}

/** `{ type A, type B }`. */
const onlyTypes = (names: string): boolean => {
  const braces = /^\s*\{(.*)\}\s*$/s.exec(names)
  if (!braces) return false
  const each = braces[1]!.split(',').filter(name => name.trim() !== '')
  return each.length > 0 && each.every(name => /^\s*type\s/.test(name))
}
