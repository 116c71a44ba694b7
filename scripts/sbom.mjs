// `npm run sbom`: the bill of materials of what a user gets, CycloneDX on stdout. `npm sbom` in this folder leaves packages out that a
// workspace of the tests depends on too (npm 11.19), so it is asked in a folder that has our dependencies alone.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT } from './prepare.mjs'

const read = file => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'))
const { name, version, license, dependencies } = read('package.json')
const lock = read('package-lock.json')

/** Place in node_modules → its entry, of all that our dependencies need. */
function reachable() {
  const found = {}
  const visit = (from, needed = {}) => {
    for (const dependency of Object.keys(needed)) {
      const nested = `${from}/node_modules/${dependency}`
      const place = lock.packages[nested] ? nested : `node_modules/${dependency}`
      if (found[place]) continue
      const { dev, devOptional, peer, ...entry } = lock.packages[place]
      found[place] = entry
      visit(place, entry.dependencies)
    }
  }
  visit('', dependencies)
  return found
}

const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-sbom-'))
try {
  const manifest = { name, version, license, dependencies }
  const packages = { '': manifest, ...reachable() }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({ name, version, lockfileVersion: lock.lockfileVersion, requires: true, packages })
  )
  const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only']
  process.stdout.write(execFileSync('npm', args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }))
} finally {
  rmSync(folder, { recursive: true })
}
