import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isPrivate } from '../../lib/kernel/rendezvous.js'

describe('the folder where agent and perfagent kernel meet', () => {
  const uid = process.getuid!()
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-rendezvous-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  // what | its mode | owner asked for | whether it is believed
  const cases: [string, number, number, boolean][] = [
    ['of this user alone', 0o700, uid, true],
    ['that others may read', 0o750, uid, false],
    ['that others may write', 0o702, uid, false],
    ['of another user', 0o700, uid + 1, false]
  ]
  for (const [what, mode, owner, expected] of cases) {
    it(`${what} is ${expected ? '' : 'not '}believed`, () => {
      chmodSync(folder, mode)
      assert.equal(isPrivate(folder, owner), expected)
    })
  }

  it('that is a link to one, or a file, is not believed', () => {
    const [link, file] = ['link', 'file'].map(name => path.join(folder, name)) as [string, string]
    symlinkSync(folder, link)
    writeFileSync(file, '', { mode: 0o600 })
    assert.deepEqual([isPrivate(link, uid), isPrivate(file, uid)], [false, false])
  })

  it('that is not there is an error', () => {
    assert.throws(() => isPrivate(path.join(folder, 'none'), uid), /ENOENT/)
  })
})
