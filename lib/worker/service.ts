// Who the service is, for reports and OTLP's resource. Agent thread. The name is the configured one, else that of the
// package.json nearest to the application's main file, else OpenTelemetry's `unknown_service:node`.

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Service } from '../types.js'

export interface Identity {
  service: Service
  /** The package's folder, against which file names are shown; '' when there is none. */
  root: string
}

export function identify(configured: { serviceName: string; serviceVersion: string }, mainFile: string): Identity {
  const found = nearestPackage(mainFile)
  return {
    service: {
      name: configured.serviceName || found.name || 'unknown_service:node',
      version: configured.serviceVersion || found.version || '',
      instance: randomUUID(),
      host: hostname(),
      pid: process.pid
    },
    root: found.root
  }
}

function nearestPackage(file: string): { name: string; version: string; root: string } {
  for (let folder = dirname(file); file !== ''; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (typeof name === 'string') return { name, version: typeof version === 'string' ? version : '', root: folder }
    } catch {}
    if (folder === dirname(folder)) break
  }
  return { name: '', version: '', root: '' }
}
