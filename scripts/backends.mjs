// `npm run check:backends`: what the agent sends, and what is asked of it, tried with programs that are not ours: VictoriaMetrics,
// which takes OTLP metrics and answers PromQL, and OpenTelemetry's messages for Python, which decode all signals. Both come
// from newer suites of Debian; what cannot be had is skipped, with the reason.

import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { build, install, ROOT } from './prepare.mjs'
import { unpacked } from './services/debian.mjs'

const env = process.env
await install()
if (!process.argv.includes('--no-build')) await build()
env.PERFAGENT_TEST_VICTORIA_METRICS ??= await have('victoria-metrics', async () =>
  path.join(
    await either(['trixie', 'sid'], suite => unpacked('victoria-metrics', { suite, atLeast: '1.112' })),
    'usr/bin/victoria-metrics'
  )
)
env.PERFAGENT_TEST_OTLP_PYTHON ??= await have('python3-opentelemetry-proto', async () => {
  const folders = [
    await unpacked('python3-opentelemetry-proto', { suite: 'sid' }),
    await unpacked('python3-protobuf', {})
  ]
  return folders.map(folder => path.join(folder, 'usr/lib/python3/dist-packages')).join(path.delimiter)
})
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', 'dist/test/backends/*.test.js'], {
  cwd: ROOT,
  stdio: 'inherit'
})
process.exitCode = status ?? 1

async function have(name, get) {
  try {
    return await get()
  } catch (error) {
    console.log(`${name}: ${error.message}; its tests are skipped`)
    return ''
  }
}

async function either(suites, get) {
  let reason
  for (const suite of suites) {
    try {
      return await get(suite)
    } catch (error) {
      reason = error
    }
  }
  throw reason
}
