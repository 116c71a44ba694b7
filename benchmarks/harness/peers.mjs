// Other agents, as they come: where each is preloaded from, and how it is told of the sink that it sends to. They are installed into a
// cache folder when they are first asked for.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from './service.mjs'

const CACHE = path.join(ROOT, '.cache', 'peers')

/** Versions are those of the day on which RESULTS.md is written, which names them. */
export const PEERS = [
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
  }
]

/** Its name with its version, and the file to preload. */
export function installed({ name, packages, preload, files = {} }) {
  const folder = install(packages, files)
  return {
    name: `${name} ${versionIn(folder, packages.at(-1))}`,
    preload: preload.startsWith('.') ? path.join(folder, preload) : resolveIn(folder, preload)
  }
}

function install(packages, files) {
  const folder = path.join(CACHE, packages.at(-1).replace(/\W+/g, '-'))
  if (!existsSync(path.join(folder, 'node_modules'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n')
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], { cwd: folder })
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  return folder
}

const resolveIn = (folder, name) =>
  execFileSync(process.execPath, ['-p', `require.resolve(${JSON.stringify(name)})`], { cwd: folder })
    .toString()
    .trim()

const versionIn = (folder, name) =>
  execFileSync(process.execPath, ['-p', `require('./node_modules/${name}/package.json').version`], { cwd: folder })
    .toString()
    .trim()
