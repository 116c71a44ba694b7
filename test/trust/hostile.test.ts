// What a hostile request costs more with the agent than without it, by the best of many rounds: what else the machine does can
// only add to a round.

import assert from 'node:assert/strict'
import net from 'node:net'
import path from 'node:path'
import { type App, runApp } from '../harness/app.js'
import { APPS } from '../harness/program.js'
import { inputs, tried } from './table.js'

const HOSTILE: string[] = require(path.join(APPS, 'hostile.js'))
const ROUNDS = inputs(20, 200)
/** On a busy machine the best is found late. */
const MOST_ROUNDS = 400
const MOST_ADDED_MS = 1

/** From the first byte sent to the end of the connection, which the server closes. */
function exchangeMs(port: number, request: string): Promise<number> {
  return new Promise(resolve => {
    let began = 0
    const socket = net.connect(port, '127.0.0.1', () => {
      began = performance.now()
      socket.write(request, 'latin1')
    })
    // A connection that is closed while more comes is reset.
    socket.on('error', () => {}).resume()
    socket.on('close', () => resolve(performance.now() - began))
  })
}

describe('a hostile request', function () {
  this.timeout(120_000)
  let app: App
  let bare: App
  before(async () => {
    app = await runApp('load.js')
    bare = await runApp('load.js', { preload: 'none' })
  })
  after(async () => {
    await bare.stop()
    await app.stop()
  })

  it(`takes at most ${MOST_ADDED_MS} ms more with the agent, whichever it is`, async () => {
    let worstMs = Number.NEGATIVE_INFINITY
    for (const head of HOSTILE) {
      const request = `${head}\r\nconnection: close\r\n\r\n`
      let [withMs, withoutMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
      const addedMs = (): number => withMs - withoutMs
      for (let round = 0; round < ROUNDS || (addedMs() > MOST_ADDED_MS && round < MOST_ROUNDS); round++) {
        withMs = Math.min(withMs, await exchangeMs(app.port, request))
        withoutMs = Math.min(withoutMs, await exchangeMs(bare.port, request))
      }
      worstMs = Math.max(worstMs, addedMs())
      assert.ok(addedMs() <= MOST_ADDED_MS, `${addedMs().toFixed(2)} ms more: ${head.slice(0, 60)}`)
    }
    tried('no hostile request adds 1 ms', HOSTILE.length, 0, `${worstMs.toFixed(2)} ms at worst, best of ${ROUNDS}`)
  })
})
