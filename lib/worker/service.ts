// Who the service is, for reports, OTLP's resource, and the header that names the caller. Any thread. The name is the configured one,
// else that of the package.json nearest to the application's main file, else OpenTelemetry's `unknown_service:node`. A main file in
// node_modules is mostly a framework's command (`next start`, `react-router-serve`): the application is where it was started. It may be an
// application that was installed itself, too, as `npx` does.
//
// node:crypto is loaded with the first identity: it takes 5 ms of the start of a process (Node 24), and one that serves nothing has none.

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, sep } from 'node:path'
import type { Service } from '../types.js'
import { machineAttributes } from './resource.js'

const INSTALLED = /[\\/]node_modules[\\/]/
const NO_PACKAGE: Package = { name: '', version: '', root: '' }

export interface Identity {
  service: Service
  /** The package's folder, against which file names are shown; '' when there is none. */
  root: string
  /** The package of an application that was installed itself, so that its own code lies in a folder node_modules; '' for all others. */
  installed: string
}

export interface Configured {
  serviceName: string
  serviceVersion: string
  /** What the environment says, OTEL_RESOURCE_ATTRIBUTES among it. */
  resourceAttributes: Record<string, string>
}

/** `instance`: what the process was called before, where it was. */
export function identify(
  { serviceName, serviceVersion, resourceAttributes }: Configured,
  mainFile: string,
  instance = ''
): Identity {
  const found = packageOf(mainFile)
  const given = resourceAttributes
  return {
    service: {
      name: serviceName || found.name || 'unknown_service:node',
      version: serviceVersion || given['service.version'] || found.version || '',
      instance: given['service.instance.id'] || instance || newInstance(),
      host: given['host.name'] || hostname(),
      pid: process.pid,
      attributes: { ...machineAttributes(mainFile), ...given }
    },
    root: found.root,
    installed: installedIn(mainFile, found.root)
  }
}

function newInstance(): string {
  return process.getBuiltinModule('node:crypto').randomUUID()
}

interface Package {
  name: string
  version: string
  root: string
}

function packageOf(mainFile: string): Package {
  if (mainFile === '') return NO_PACKAGE
  const started = INSTALLED.test(mainFile) ? nearestPackage(startedIn()) : NO_PACKAGE
  return started.name === '' ? nearestPackage(dirname(mainFile)) : started
}

/** Not that of a framework's command, which is among the packages that the application in `root` finds. */
function installedIn(mainFile: string, root: string): string {
  const packages = INSTALLED.exec(mainFile)
  if (!packages) return ''
  const own = nearestPackage(dirname(mainFile)).root
  const isCommand = root !== own && `${root}${sep}`.startsWith(mainFile.slice(0, packages.index + 1))
  return isCommand ? '' : own
}

/** '' when it is gone. */
function startedIn(): string {
  try {
    return process.cwd()
  } catch {
    return ''
  }
}

function nearestPackage(from: string): Package {
  for (let folder = from; folder !== ''; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (typeof name === 'string') return { name, version: typeof version === 'string' ? version : '', root: folder }
    } catch {}
    if (folder === dirname(folder)) break
  }
  return NO_PACKAGE
}
