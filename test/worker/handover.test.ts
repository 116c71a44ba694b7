// Whom a process tells of its slow requests: a folder that anybody could have made is not believed.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { mock } from 'node:test'
import { folderOf, isPrivate, type Said, socketOf } from '../../lib/kernel/rendezvous.js'
import { createHandover } from '../../lib/worker/handover.js'
import { skip } from '../harness/skip.js'

/** Of nobody: what this process makes for it is somebody else's. */
const UID = 4_000_000_000 + process.pid

function placeFor(test: Mocha.Context): string {
  const uid = process.getuid?.()
  if (uid === undefined) skip(test, 'there are no sockets in folders here')
  const folder = folderOf(uid)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!isPrivate(folder, uid)) skip(test, 'somebody else has made the folder')
  return `${folder}/${socketOf(process.pid)}`
}

describe('the hand-over to a perfagent kernel', () => {
  afterEach(() => {
    mock.restoreAll()
    rmSync(folderOf(UID), { recursive: true, force: true })
  })

  it('goes to no socket in a folder of another user', async () => {
    mock.method(process as { getuid(): number }, 'getuid', () => UID)
    mkdirSync(folderOf(UID), { mode: 0o700 })
    const place = `${folderOf(UID)}/${socketOf(process.pid)}`
    const server = createServer().listen(place)
    await once(server, 'listening')
    const handover = createHandover()
    handover.say(() => assert.fail())
    // Connections come in order: a first one would be here before this one.
    let connections = 0
    server.on('connection', () => connections++)
    const second = connect(place)
    await once(server, 'connection')
    assert.equal(connections, 1)
    second.destroy()
    handover.close()
    server.close()
  })

  it('goes to the next one when the first has gone', async function () {
    const place = placeFor(this)
    const handover = createHandover()
    const listen = async () => {
      const server = createServer().listen(place)
      await once(server, 'listening')
      const connected = once(server, 'connection')
      // One look a second.
      const saying = setInterval(() => handover.say(() => ({ type: 'slow' }) as Said), 20)
      const [socket] = await connected
      clearInterval(saying)
      const gone = once(socket, 'close')
      socket.resume().destroy()
      await gone
      server.close()
      await once(server, 'close')
    }
    await listen()
    await listen()
    handover.close()
  })

  it('is of no more than four megabytes to one who does not read', async function () {
    const place = placeFor(this)
    const server = createServer(socket => socket.pause().on('error', () => {})).listen(place)
    await once(server, 'listening')
    const handover = createHandover()
    let said = 0
    for (let i = 0; i < 50; i++) {
      handover.say(() => {
        said++
        return { text: 'x'.repeat(1024 * 1024) } as unknown as Said
      })
    }
    assert.equal(said, 4)
    const [reader] = await once(server, 'connection')
    reader.destroy()
    server.close()
  })
})
