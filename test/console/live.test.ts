// Readers of the console's events, as they come, read and go.

import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createLive, type Live } from '../../lib/console/live.js'
import type { ReportRow } from '../../lib/console/rows.js'

class Reader extends EventEmitter {
  text = ''
  writableLength = 0
  destroyed = false
  writeHead(): void {}
  write(text: string): void {
    this.text += text
  }
  destroy(): void {
    this.destroyed = true
  }
}

describe('readers of events', () => {
  let live: Live
  beforeEach(() => {
    live = createLive({ version: () => 0, counts: () => ({}) as never })
  })
  afterEach(() => live.close())

  function open(wantsReports = false) {
    const request = new EventEmitter()
    const reader = new Reader()
    const isOpen = live.open(request as IncomingMessage, reader as unknown as ServerResponse, wantsReports)
    return { reader, isOpen, leave: () => request.emit('close') }
  }
  const report = (): void => live.report({ json: Buffer.from('{\n "a": 1}') } as unknown as ReportRow)

  it('get reports, each on one line, if they want them', () => {
    const [wants, other] = [open(true), open()]
    report()
    assert.match(wants.reader.text, /event: report\ndata: \{ +"a": 1\}\n\n$/)
    assert.doesNotMatch(other.reader.text, /report/)
  })

  it('are 32 at most, and who has left makes room', () => {
    const all = Array.from({ length: 33 }, () => open())
    assert.deepEqual([all.filter(({ isOpen }) => isOpen).length, all[32]!.isOpen], [32, false])
    all[0]!.leave()
    assert.equal(open().isOpen, true)
  })

  it('are closed when they do not read', () => {
    const { reader } = open(true)
    reader.writableLength = 8 * 1024 * 1024
    report()
    assert.equal(reader.destroyed, false)
    const { length } = reader.text
    reader.writableLength++
    report()
    assert.deepEqual([reader.destroyed, reader.text.length], [true, length])
  })
})
