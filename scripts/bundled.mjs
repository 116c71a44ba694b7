// What esbuild took from other packages into a file of ours. Their licences ask for their notices to go along.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const PACKAGE = /^node_modules\/((?:@[^/]+\/)?[^/]+)/

/** Names, in order, each once. Of a metafile of esbuild's. */
export const packagesIn = ({ inputs }) =>
  [...new Set(Object.keys(inputs).flatMap(file => PACKAGE.exec(file)?.[1] ?? []))].sort()

export function licensesOf(root, names) {
  const texts = names.map(name => {
    const folder = path.join(root, 'node_modules', name)
    const file = readdirSync(folder).find(each => /^licen[cs]e/i.test(each))
    return `${name}\n\n${readFileSync(path.join(folder, file), 'utf8')}`
  })
  return texts.join('\n\n')
}
