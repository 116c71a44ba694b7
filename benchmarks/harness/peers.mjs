// Other agents, as they come: what is installed of each, the file to preload, and how it is told of a backend's address. For the
// measurements and for scripts/beside.mjs they are installed into a cache folder when they are first asked for, as published on that
// day; scripts/places/agents.mjs installs them beside the packed perfagent.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { ROOT } from './service.mjs'

const CACHE = path.join(ROOT, '.cache', 'peers')
const NPM_INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/** `preload` is what `--require` gets; the last of `packages` has the agent's version; `files` lie beside node_modules. */
export const AGENTS = [
  {
    name: 'OpenTelemetry',
    packages: ['@opentelemetry/api', '@opentelemetry/auto-instrumentations-node'],
    preload: '@opentelemetry/auto-instrumentations-node/register',
    env: ({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: 'bench' })
  },
  {
    name: 'dd-trace',
    packages: ['dd-trace'],
    preload: 'dd-trace/init',
    env: ({ url }) => ({ DD_TRACE_AGENT_URL: url, DD_SERVICE: 'bench', DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false' })
  },
  {
    name: 'dd-trace, profiler',
    packages: ['dd-trace'],
    preload: 'dd-trace/init',
    env: ({ url }) => ({
      DD_TRACE_AGENT_URL: url,
      DD_SERVICE: 'bench',
      DD_PROFILING_ENABLED: 'true',
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false'
    })
  },
  {
    name: 'elastic-apm-node',
    packages: ['elastic-apm-node'],
    preload: 'elastic-apm-node/start',
    env: ({ url }) => ({ ELASTIC_APM_SERVER_URL: url, ELASTIC_APM_CLOUD_PROVIDER: 'none' })
  },
  {
    name: '@sentry/node',
    packages: ['@sentry/node'],
    preload: './sentry.js',
    files: {
      'sentry.js': `require('@sentry/node').init({ dsn: process.env.SENTRY_DSN, tracesSampleRate: 1 })\n`
    },
    env: ({ url }) => ({ SENTRY_DSN: url.replace('://', '://key@').concat('/1') })
  },
  {
    name: 'newrelic',
    packages: ['newrelic'],
    preload: 'newrelic',
    tlsAlone: true,
    env: ({ url }) => ({
      NEW_RELIC_APP_NAME: 'bench',
      NEW_RELIC_LICENSE_KEY: '0'.repeat(40),
      NEW_RELIC_HOST: new URL(url).hostname,
      NEW_RELIC_PORT: new URL(url).port,
      NEW_RELIC_LOG_ENABLED: 'false',
      NEW_RELIC_NO_CONFIG_FILE: 'true'
    })
  }
]

/** Those that deliver to a sink of ours, which has no certificate. */
export const PEERS = AGENTS.filter(({ tlsAlone }) => !tlsAlone)

/** Its name with its version, and the file to preload. */
export function installed({ name, packages, preload, files = {} }, cache = CACHE) {
  const folder = path.join(cache, packages.at(-1).replace(/\W+/g, '-'))
  install(folder, packages)
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text)
  return {
    name: `${name} ${versionIn(folder, packages.at(-1))}`,
    preload: createRequire(path.join(folder, 'package.json')).resolve(preload)
  }
}

/** npm writes that file last: without it an installation was broken off. */
function install(folder, packages) {
  if (existsSync(path.join(folder, 'node_modules/.package-lock.json'))) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n')
  execFileSync('npm', [...NPM_INSTALL, ...packages], { cwd: folder })
}

const versionIn = (folder, name) =>
  JSON.parse(readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
