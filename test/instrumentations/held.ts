// A request that waits for a connection while two others hold both of its service's pool: told alike of every client of SQL.

import assert from 'node:assert/strict'
import type { Report } from '../../lib/types.js'
import type { App } from '../harness/app.js'
import { explainedAs } from '../harness/explained.js'

export async function explainedWhileHeld(app: App): Promise<Report> {
  const report = await explainedAs('db.pool_wait', app, '/quick', async () => {
    let over = false
    const held = Promise.all([app.get('/hold'), app.get('/hold')]).then(() => {
      over = true
    })
    while (!over && (await app.get('/holding')).body !== '2') {}
    await app.get('/quick')
    await held
  })
  const { size, inUse, holders } = report.operations.find(({ kind }) => kind === 'pool')!.pool!
  assert.deepEqual([size, inUse], [2, 2])
  assert.deepEqual(
    holders.map(({ route }) => route),
    ['GET /hold', 'GET /hold']
  )
  return report
}
