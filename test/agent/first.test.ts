// The first request of a process comes while the agent thread still starts, on a busy machine for a second and more.

import assert from 'node:assert/strict'
import { limitedGroups } from '../../lib/evidence/cpu-quota.js'
import { runApp } from '../harness/app.js'
import { skip } from '../harness/skip.js'

it('what the kernel counted is told of a request that was in flight before the agent thread was there', async function () {
  if (process.platform !== 'linux') skip(this, 'evidence of the kernel is of Linux alone')
  if (limitedGroups().length > 0) skip(this, 'in a group with a quota nothing is told of that time')
  const app = await runApp('hello.js')
  const { evidence, durationMs } = await app.explained('/busy')
  await app.stop()
  const { kernel } = evidence
  assert.ok(kernel!['coverageShare']! > 0.95, `of ${durationMs} ms: ${JSON.stringify(kernel)}`)
  const accountedMs = kernel!['mainThreadCpuMs']! + kernel!['runQueueWaitMs']!
  assert.ok(accountedMs > durationMs / 2, `${accountedMs} of ${durationMs} ms`)
})
