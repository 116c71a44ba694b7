// Debian's packages of what is missing. Their installation starts services of the distribution unless a policy forbids
// it, so one does for as long as this takes.

import { spawn } from 'node:child_process'
import { access, readFile, rm, writeFile } from 'node:fs/promises'

const POLICY_FILE = '/usr/sbin/policy-rc.d'
/** 101 is "action forbidden by policy". */
const POLICY = '#!/bin/sh\n# perfagent: no service starts while the tests install their databases\nexit 101\n'
const OPTIONS = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300']

/** Installs the packages of these services, or throws one line that says what is missing. */
export async function install(services, log) {
  const packages = services.flatMap(service => service.packages)
  const hint = services.map(({ title, variable }) => (variable ? `${title} (or set ${variable})` : title)).join(', ')
  const isDebian = await access('/etc/debian_version').then(
    () => true,
    () => false
  )
  if (process.getuid() !== 0 || !isDebian)
    throw new Error(`missing: ${hint}. Install: ${packages.join(' ')}; as root on Debian this is done here`)

  log(`missing: ${services.map(service => service.title).join(', ')}. Installing ${packages.join(' ')}`)
  const ours = await forbidServices()
  try {
    await aptGet('update', ...OPTIONS)
    await aptGet('install', ...OPTIONS, '--no-install-recommends', ...packages)
  } catch (error) {
    throw new Error(`missing: ${hint}. ${error.message}`)
  } finally {
    if (ours) await rm(POLICY_FILE, { force: true })
  }
}

/** True when the policy is ours to remove; one that the machine has already stays as it is. */
async function forbidServices() {
  const old = await readFile(POLICY_FILE, 'utf8').catch(() => undefined)
  if (old !== undefined && old !== POLICY) return false
  await writeFile(POLICY_FILE, POLICY, { mode: 0o755 })
  return true
}

async function aptGet(...args) {
  const child = spawn('apt-get', args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  const problem = await new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', code => resolve(code === 0 ? undefined : `it ended with ${code}\n${output.slice(-4000)}`))
  })
  if (problem) throw new Error(`apt-get ${args[0]} failed: ${problem}`)
}
