// When the config file's text is told, by looks that a test calls.

import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { mock } from 'node:test'
import { MAX_FILE_BYTES } from '../../lib/options/file.js'
import { watchFile } from '../../lib/worker/watch-file.js'
import { skip } from '../harness/skip.js'

describe('the config file', () => {
  let folder: string
  let file: string
  let told: string[]
  let look: () => void

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-watch-'))
    file = path.join(folder, 'perfagent.json')
    told = []
    mock.method(globalThis, 'setInterval', (looks: () => void) => {
      look = looks
      return { unref() {} }
    })
    writeFileSync(file, 'one')
    watchFile(file, text => told.push(text))
  })
  afterEach(() => {
    mock.restoreAll()
    rmSync(folder, { recursive: true })
  })

  it('is told at first, and when its text is another', () => {
    look()
    writeFileSync(file, 'another')
    look()
    look()
    assert.deepEqual(told, ['one', 'another'])
  })

  it('is told when it was replaced by one of the same size and age', () => {
    const { atime, mtime } = statSync(file)
    writeFileSync(`${file}.new`, 'two')
    utimesSync(`${file}.new`, atime, mtime)
    renameSync(`${file}.new`, file)
    look()
    assert.deepEqual(told, ['one', 'two'])
  })

  it('stands for no options when it is gone for two looks, not while it is written anew', () => {
    rmSync(file)
    look()
    writeFileSync(file, 'one')
    look()
    assert.deepEqual(told, ['one'])
    rmSync(file)
    for (let i = 0; i < 3; i++) look()
    assert.deepEqual(told, ['one', '{}'])
    writeFileSync(file, 'one')
    look()
    assert.deepEqual(told, ['one', '{}', 'one'])
  })

  it('is not read when what is no regular file has taken its place: of a pipe the end would be waited for', function () {
    if (process.platform === 'win32') skip(this, 'Windows has no devices among its files')
    rmSync(file)
    symlinkSync('/dev/null', file)
    look()
    assert.deepEqual(told, ['one'])
  })

  it('is not read when it is too large', () => {
    writeFileSync(file, 'x'.repeat(MAX_FILE_BYTES + 1))
    look()
    writeFileSync(file, 'x'.repeat(MAX_FILE_BYTES))
    look()
    assert.deepEqual(
      told.map(({ length }) => length),
      [3, MAX_FILE_BYTES]
    )
  })
})
