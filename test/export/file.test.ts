// A pipe in the place of the file.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs, { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Outcome } from '../../lib/export/exporter.js'
import { file } from '../../lib/export/file.js'
import { pack } from '../../lib/export/packed.js'
import { readConfig } from '../../lib/options/config.js'
import { skip } from '../harness/skip.js'
import { sampleReport } from '../sample-report.js'

describe('a pipe that reports are written to', () => {
  let folder: string
  let pipe: string
  before(function () {
    if (process.platform === 'win32') skip(this, 'Windows has no pipes among its files')
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-pipe-'))
    pipe = path.join(folder, 'reports')
    execFileSync('mkfifo', [pipe])
  })
  after(() => rmSync(folder, { recursive: true }))

  const send = async (): Promise<Outcome> => {
    const { config } = readConfig({ env: { PERFAGENT_FILE: pipe } })
    const [destination] = file.destinations(config, { log() {} } as never)
    return destination!.send([pack(sampleReport())], AbortSignal.timeout(1000), 0)
  }

  it('holds nobody while nobody reads: that is said, and tried again', async () => {
    assert.deepEqual(await send(), { type: 'retry', reason: 'cannot be written (nobody reads from it)' })
  })

  it('is given them when somebody does', async () => {
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      assert.deepEqual(await send(), { type: 'delivered' })
      const bytes = Buffer.alloc(65_536)
      const text = bytes.toString('utf8', 0, readSync(reader, bytes))
      assert.equal(JSON.parse(text).id, sampleReport().id)
    } finally {
      closeSync(reader)
    }
  })

  it('is not given up for a reader that goes in the moment before they are written', async () => {
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    const { fstatSync } = fs
    // It is looked at between its opening and its writing.
    fs.fstatSync = ((descriptor: number) => {
      fs.fstatSync = fstatSync
      closeSync(reader)
      return fstatSync(descriptor)
    }) as typeof fstatSync
    const outcome = await send()
    assert.deepEqual(outcome, { type: 'retry', reason: 'cannot be written (nobody reads from it)' })
  })
})
