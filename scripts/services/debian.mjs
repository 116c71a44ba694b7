// Programs from a newer suite of Debian than the machine has, unpacked into a cache folder of the repository; nothing is installed.
// The mirror is the machine's own; what comes from it is checked as apt does it: the suite's signature, then the index's sum, then
// the package's.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { ROOT } from '../prepare.mjs'

const run = promisify(execFile)
const CACHE = path.join(ROOT, '.cache/debian')
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 300_000

/** The folder with the package's files; throws one line that says why it cannot be had. `suite` absent: the machine's own. */
export async function unpacked(name, { suite, atLeast }) {
  const folder = path.join(CACHE, `${name}-${suite ?? 'own'}`)
  if (existsSync(folder)) return folder
  const { site, codename } = await ownMirror()
  const found = await findPackage(site, suite ?? codename, name)
  if (atLeast && !(await isAtLeast(found.Version, atLeast)))
    throw new Error(`${name} is ${found.Version} in ${suite}, and ${atLeast} is the least`)
  const deb = path.join(CACHE, `${name}.deb`)
  const partial = `${folder}.partial`
  writeFileSync(deb, await download(`${site}/${found.Filename}`, found.SHA256))
  rmSync(partial, { recursive: true, force: true })
  await run('dpkg-deb', ['-x', deb, partial])
  rmSync(deb)
  renameSync(partial, folder)
  return folder
}

/** apt's own view of its sources, whatever their format. */
async function ownMirror() {
  const format = '$(SITE) $(CODENAME) $(LABEL)'
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).catch(() => {
    throw new Error('there is no apt')
  })
  const [site, codename] = /^(\S+) (\w+) Debian$/m.exec(stdout)?.slice(1) ?? []
  if (!site) throw new Error('apt has no source of Debian')
  return { site, codename }
}

async function findPackage(site, suite, name) {
  const { stdout: architecture } = await run('dpkg', ['--print-architecture'])
  const index = `main/binary-${architecture.trim()}/Packages.gz`
  const release = await signedRelease(`${site}/dists/${suite}/InRelease`)
  const sum = new RegExp(`^ ([0-9a-f]{64}) +\\d+ ${index}$`, 'm').exec(release)?.[1]
  if (!sum) throw new Error(`${suite} has no ${index}`)
  const packages = `\n${gunzipSync(await download(`${site}/dists/${suite}/${index}`, sum))}`
  const start = packages.indexOf(`\nPackage: ${name}\n`)
  if (start < 0) throw new Error(`${suite} has no package ${name}`)
  const entry = packages.slice(start, packages.indexOf('\n\n', start))
  return Object.fromEntries([...entry.matchAll(/^([\w-]+): (.*)$/gm)].map(([, key, value]) => [key, value]))
}

async function signedRelease(url) {
  const file = path.join(CACHE, 'InRelease')
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(file, await download(url))
  try {
    const { stdout } = await run('gpgv', ['--keyring', KEYRING, '--output', '-', file], { maxBuffer: MAX_OUTPUT_BYTES })
    return stdout
  } catch (error) {
    throw new Error(`the signature of ${new URL(url).pathname} cannot be checked: ${error.message}`)
  } finally {
    rmSync(file)
  }
}

const isAtLeast = (version, least) =>
  run('dpkg', ['--compare-versions', version, 'ge', least]).then(
    () => true,
    () => false
  )

async function download(url, sum) {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(error => {
    throw new Error(`the mirror cannot be reached: ${error.cause?.message ?? error.message}`)
  })
  if (!response.ok) throw new Error(`the mirror answers ${response.status} for ${new URL(url).pathname}`)
  const body = Buffer.from(await response.arrayBuffer())
  const isWhole = !sum || createHash('sha256').update(body).digest('hex') === sum
  if (!isWhole) throw new Error(`${new URL(url).pathname} is not what its index says`)
  return body
}
