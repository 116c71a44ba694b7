// Where this package lies. Any thread. It is published as one file for each entry and each program of its own, in dist/
// (scripts/bundle.mjs); what the compiler makes of each source, which tests of parts run, lies in dist/lib/. In both the files that Node
// is given by their path lie beside this one.

import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** All code of ours, and nobody else's. */
export const DIST = basename(__dirname) === 'lib' ? dirname(__dirname) : __dirname

/** An entry, or a program that is started by its path: `register.js`, `agent-thread.js`. */
export const entryFile = (name: string): string => join(__dirname, name)

export const packageFile = (name: string): string => join(DIST, '..', name)

/** Throws where our code lies among somebody else's files: it was bundled, and its programs are not beside it. */
export function ownVersion(): string {
  const { name, version } = manifest()
  if (name === 'perfagent') return version
  throw new Error('it is inside a bundle, without its other files: leave it out of it (esbuild: --external:perfagent)')
}

function manifest(): { name?: string; version: string } {
  try {
    return JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  } catch {
    return { version: '' }
  }
}
