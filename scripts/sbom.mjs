// `npm run sbom`: the bill of materials of what a user gets, CycloneDX on stdout. `npm sbom` in this folder leaves packages out that a
// workspace of the tests depends on too (npm 11.19), and what is built into our files is no dependency to it; so it is asked in a folder
// that depends on that alone.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundle } from './bundle.mjs'
import { buildPage } from './page.mjs'
import { ROOT } from './prepare.mjs'

const read = file => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'))
const { name, version, license } = read('package.json')
const lock = read('package-lock.json')

/** Place in node_modules → its entry, of what is in our files. */
const places = Object.fromEntries(
  [...(await bundle({ write: false })), ...(await buildPage({ write: false }))].map(packaged => {
    const { dev, devOptional, peer, dependencies, ...entry } = lock.packages[`node_modules/${packaged}`]
    return [`node_modules/${packaged}`, entry]
  })
)
const dependencies = Object.fromEntries(
  Object.entries(places).map(([place, { version }]) => [place.slice('node_modules/'.length), version])
)

const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-sbom-'))
try {
  const manifest = { name, version, license, dependencies }
  const packages = { '': manifest, ...places }
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
