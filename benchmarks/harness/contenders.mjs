// Who is measured: the bare service, the agent as it comes, the agent that exports every request, and (`--peers`) other
// agents as they come. Each sends to a sink of its own. Peers are installed into a cache folder when they are first asked for.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT, startSink } from './service.mjs'

const CACHE = path.join(ROOT, '.cache', 'peers')
const PERFAGENT = ['--require', path.join(ROOT, 'dist/register.js')]

export const AGENT = 'perfagent'
export const ALWAYS_ON = 'perfagent, always_on'
export const BARE = { name: 'bare', env: {} }

export const ours = () => Promise.all([perfagent(AGENT), perfagent(ALWAYS_ON, { OTEL_TRACES_SAMPLER: 'always_on' })])

async function perfagent(name, env = {}) {
  const sink = await startSink()
  return { name, sink, execArgv: PERFAGENT, env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...env } }
}

/** A stall of the machine makes requests slow, and to explain them is another question than what a fast one costs. */
export const neverSlow = contender => ({ ...contender, env: { ...contender.env, PERFAGENT_SLOW_MS: '60000' } })

/** Versions are those of the day on which RESULTS.md is written, which names them. */
const PEERS = [
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

export const peers = () =>
  Promise.all(
    PEERS.map(async ({ name, packages, preload, files = {}, env }) => {
      const folder = install(packages, files)
      const preloaded = preload.startsWith('.') ? path.join(folder, preload) : resolveIn(folder, preload)
      const sink = await startSink()
      const version = versionIn(folder, packages.at(-1))
      return { name: `${name} ${version}`, sink, execArgv: ['--require', preloaded], env: env(sink) }
    })
  )

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
