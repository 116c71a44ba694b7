import assert from 'node:assert/strict'
import { original } from '../../lib/evidence/sourcemap.js'
import { now } from '../../lib/process/clock.js'
import { createMaps, type Maps } from '../../lib/worker/maps.js'

/** Line 1 of the compiled text comes from line 10 of app.ts. */
const MAP = JSON.stringify({ version: 3, sources: ['app.ts'], names: [], mappings: 'AASA' })

describe('the map of a file that was compiled in memory', () => {
  const look = (file: string) => () => original({ function: 'f', file, line: 1, column: 1 }).line

  it('is asked for once, and waited for by each report that is made meanwhile', async () => {
    const asked: string[][] = []
    const maps: Maps = createMaps({
      now,
      tell: message => void (message.type === 'askMaps' && asked.push(message.files)),
      isExiting: () => false
    })
    const told = [maps.with(look('/srv/shop/both.ts')), maps.with(look('/srv/shop/both.ts'))]
    assert.deepEqual(asked, [['/srv/shop/both.ts']])
    maps.learn({ '/srv/shop/both.ts': MAP })
    assert.deepEqual(await Promise.all(told), [10, 10])
    assert.equal(await maps.with(look('/srv/shop/both.ts')), 10)
    assert.equal(asked.length, 1)
  })

  it("is not waited for at the process's end", async () => {
    const maps = createMaps({ now: () => 0, tell() {}, isExiting: () => true })
    assert.equal(await maps.with(look('/srv/shop/ends.ts')), 1)
  })

  it('is not asked for of a file that Node runs as it is', async () => {
    const maps = createMaps({ now, tell: () => assert.fail('asked'), isExiting: () => false })
    assert.equal(await maps.with(look('/srv/shop/plain.js')), 1)
  })
})
