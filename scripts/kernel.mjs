// What `perfagent kernel` needs, for its tests: bpftrace, perf and tc by apt-get, and tracefs mounted, as root on Debian. What cannot
// be had is said, and the tests that want it are skipped with the reason.
//
//   node scripts/kernel.mjs             PERFAGENT_TEST_KERNEL=no leaves the machine as it is

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { install } from './services/apt.mjs'

const TRACEFS = '/sys/kernel/tracing'
const TOOLS = [
  { title: 'bpftrace', packages: ['bpftrace'], option: '--version' },
  { title: 'perf', packages: ['linux-perf'], option: '--version' },
  { title: 'tc', packages: ['iproute2'], option: '-Version' }
]

export async function prepareKernel(log) {
  if (process.platform !== 'linux') return 'not Linux'
  if (process.env.PERFAGENT_TEST_KERNEL === 'no') return 'not wanted'
  const missing = TOOLS.filter(({ title, option }) => spawnSync(title, [option], { stdio: 'ignore' }).error)
  if (missing.length > 0) {
    await install(missing, log).catch(error => log(`${error.message}; the tests of perfagent kernel are skipped`))
  }
  if (!existsSync(`${TRACEFS}/events`) && process.getuid() === 0) {
    const { status } = spawnSync('mount', ['-t', 'tracefs', 'tracefs', TRACEFS], { stdio: 'ignore' })
    if (status !== 0) log('tracefs cannot be mounted here; the tests of perfagent kernel are skipped')
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await prepareKernel(console.log)
