// The evidence of a thread that ends while the process ends is stopped by both.

import assert from 'node:assert/strict'
import { startEvidence } from '../../lib/evidence/index.js'
import { createShared } from '../../lib/worker/shared.js'

it('what is open for a thread is closed once, however often its evidence is stopped', async () => {
  const options = { profile: false, profileIntervalMs: 1, mayInspect: false }
  const evidence = await startEvidence(options, createShared())
  evidence.stop()
  assert.doesNotThrow(() => evidence.stop())
})
