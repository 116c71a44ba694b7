// The spool's promises one by one: what is left of a dead process, a torn file, a foreign one, a disk that refuses.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { bytesOf, type Packed, pack } from '../../lib/export/packed.js'
import { createSpool, type Spool } from '../../lib/export/spool.js'
import { MAGIC, readSpool, reportRecord, settledRecord } from '../../lib/export/spool-file.js'
import { ownName } from '../../lib/export/spool-owner.js'
import { fakeClock } from '../export/clock.js'
import { runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { skip } from '../harness/skip.js'
import { sampleReport } from '../sample-report.js'

const packed = (id: string, durationMs = 600, filler = ''): Packed =>
  pack(sampleReport({ id, durationMs, annotations: { filler } }))
/** Where the kernel tells. */
const openFiles = (): number => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)
const live = (file: Buffer): string[] => readSpool(file).map(({ id, destinations }) => `${id} ${[...destinations]}`)

describe('a spool', () => {
  let folder = ''
  const open: Spool[] = []
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-spool-'))
  })
  afterEach(() => {
    for (const spool of open.splice(0)) spool.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function spoolIn(place = folder, maxBytes = 1e6) {
    const clock = fakeClock()
    clock.epochMs = Date.now
    const spool = createSpool({ folder: place, maxBytes, io: clock })
    open.push(spool)
    const adopted: string[] = []
    const adopt = (): string[] => {
      spool.adopt((found, destinations) => {
        adopted.push(`${found.id} ${[...destinations]}`)
        spool.add(found, [...destinations])
      })
      return adopted
    }
    return { spool, adopt, clock, lines: clock.lines }
  }
  const theFile = (): string => path.join(folder, readdirSync(folder)[0]!)
  /** As if the process that wrote it were gone: the name of a process that started at another time. */
  function orphan(content: Buffer): string {
    const name = ownName()
      .replace(/-\d+-(?=[0-9a-f]{12}\.spool)/, '-1-')
      .replace(/^(perfagent-\w+)-\d+/, '$1-1')
    writeFileSync(path.join(folder, name), content, { mode: 0o600 })
    return name
  }
  const records = (...all: Buffer[]): Buffer => Buffer.concat([MAGIC, ...all])

  it('holds a report until each destination has settled it', () => {
    const { spool } = spoolIn()
    spool.add(packed('a'), ['http', 'otlp logs'])
    spool.add(packed('b'), ['http'])
    assert.deepEqual(live(readFileSync(theFile())), ['a http,otlp logs', 'b http'])
    assert.equal(statSync(theFile()).mode & 0o777, 0o600)
    spool.settled('a', 'http')
    spool.settled('b', 'http')
    assert.deepEqual(live(readFileSync(theFile())), ['a otlp logs'])
    spool.settled('a', 'otlp logs')
    assert.equal(statSync(theFile()).size, MAGIC.length)
    spool.close()
    assert.deepEqual(readdirSync(folder), [])
  })

  it('leaves its file when something waits, and the next process goes on with it', () => {
    const first = spoolIn()
    first.spool.add(packed('a'), ['http'])
    first.spool.close()
    const second = spoolIn()
    assert.deepEqual(second.adopt(), ['a http'])
    assert.deepEqual(live(readFileSync(theFile())), ['a http'])
    assert.equal(readdirSync(folder).length, 1)
    second.spool.settled('a', 'http')
    second.spool.close()
    assert.deepEqual(readdirSync(folder), [])
  })

  it('reads what is whole of any file that was cut or changed', () => {
    const whole = records(
      reportRecord(bytesOf(packed('a')), ['http']),
      reportRecord(bytesOf(packed('b')), ['http', 'otlp traces']),
      settledRecord('b', 'http'),
      reportRecord(bytesOf(packed('c')), ['http'])
    )
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (end, at, value) => {
        const torn = whole.subarray(0, end)
        const ids = readSpool(torn).map(({ id }) => id)
        assert.deepEqual(ids, ['a', 'b', 'c'].slice(0, ids.length))
        const changed = Buffer.from(whole)
        changed[at] = value
        // Not a letter of what is read was changed.
        for (const { id, json } of readSpool(changed)) assert.deepEqual(json, bytesOf(packed(id)))
      }),
      { numRuns: 2000 }
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void readSpool(Buffer.concat([MAGIC, bytes]))))
  })

  it('never grows beyond its limit, and keeps the slowest and the newest', () => {
    const { spool } = spoolIn(folder, 200_000)
    spool.add(packed('slowest', 9000), ['http'])
    const before = openFiles()
    let copies = 0
    for (let i = 0; i < 500; i++) {
      const { ino } = statSync(theFile())
      spool.add(packed(`r${i}`, 600 + (i % 7)), ['http'])
      const { size, ino: now } = statSync(theFile())
      assert.ok(size <= 200_000)
      if (now !== ino) copies++
    }
    assert.equal(openFiles(), before)
    // A copy makes room for many.
    assert.ok(copies > 0 && copies < 50, `${copies}`)
    const kept = live(readFileSync(theFile()))
    assert.ok(kept.includes('slowest http') && kept.includes('r499 http'), `${kept}`)
  })

  it('takes over what a dead process left, once, and nothing of a living one', () => {
    const other = spoolIn()
    // Two living processes cannot be had in one: this one's second spool has the pid of a process that lives, the parent.
    orphan(records(reportRecord(bytesOf(packed('a')), ['http'])))
    const parent = ownName().replace(/^(perfagent-\w+)-\d+-\d+/, `$1-${process.ppid}-${startOf(process.ppid)}`)
    writeFileSync(path.join(folder, parent), records(reportRecord(bytesOf(packed('p')), ['http'])), { mode: 0o600 })
    assert.deepEqual(other.adopt(), ['a http'])
    assert.deepEqual(spoolIn().adopt().includes('p http'), false)
    assert.ok(readdirSync(folder).includes(parent))
  })

  it('takes over reports with how long their requests took, by which it is chosen who goes', () => {
    orphan(records(reportRecord(bytesOf(packed('a', 9000)), ['http'])))
    const found: number[] = []
    spoolIn().spool.adopt(({ durationMs }) => found.push(durationMs))
    assert.deepEqual(found, [9000])
  })

  it('takes over a report once that two files hold, and reads no file far beyond its limit', () => {
    for (let i = 0; i < 2; i++) orphan(records(reportRecord(bytesOf(packed('a')), ['http'])))
    orphan(records(reportRecord(bytesOf(packed('huge', 600, 'x'.repeat(50_000))), ['http'])))
    assert.deepEqual(spoolIn(folder, 20_000).adopt(), ['a http'])
  })

  it('of another machine or container takes over what nobody has touched for long', () => {
    const name = ownName().replace(/^perfagent-\w{12}/, 'perfagent-0123456789ab')
    writeFileSync(path.join(folder, name), records(reportRecord(bytesOf(packed('a')), ['http'])), { mode: 0o600 })
    const { adopt } = spoolIn()
    const touched = (secondsAgo: number): string[] => {
      const at = Date.now() / 1000 - secondsAgo
      utimesSync(path.join(folder, name), at, at)
      return adopt()
    }
    assert.deepEqual(adopt(), [])
    // Who has it touches it each 20 s, unless the machine was stopped meanwhile.
    assert.deepEqual(touched(60), [])
    assert.deepEqual(touched(200), ['a http'])
  })

  it('touches its file as long as it lives, by which others elsewhere know that', async () => {
    const { spool, adopt, clock } = spoolIn()
    adopt()
    spool.add(packed('a'), ['http'])
    utimesSync(theFile(), 1, 1)
    await clock.pass(30_000)
    assert.ok(statSync(theFile()).mtimeMs > Date.now() - 60_000)
  })

  it('reads nothing that somebody else may have written', () => {
    const name = orphan(records(reportRecord(bytesOf(packed('a')), ['http'])))
    chmodSync(path.join(folder, name), 0o622)
    symlinkSync('/etc/passwd', path.join(folder, name.replace(/\w{12}\.spool/, '0123456789ab.spool')))
    // As it would be with a pipe, whose reading ends when somebody has written.
    mkdirSync(path.join(folder, name.replace(/\w{12}\.spool/, '0123456789ac.spool')), { mode: 0o700 })
    writeFileSync(path.join(folder, 'perfagent-x.spool'), 'x')
    const names = readdirSync(folder)
    const { adopt, lines } = spoolIn()
    assert.deepEqual(adopt(), [])
    assert.deepEqual(readdirSync(folder), names)
    assert.deepEqual(lines, [])
  })

  it('knows a living process by when it began, whatever it calls itself', () => {
    const name = (): string => ownName().replace(/-\w{12}\.spool$/, '')
    const { title } = process
    const before = name()
    try {
      process.title = 'a) b 1 2'
      assert.equal(name(), before)
    } finally {
      process.title = title
    }
  })

  it('clears away the half of a copy that a dead process was writing', () => {
    const name = orphan(records(reportRecord(bytesOf(packed('a')), ['http'])))
    const copy = records(
      reportRecord(bytesOf(packed('a')), ['http']),
      reportRecord(bytesOf(packed('settled')), ['http'])
    )
    writeFileSync(path.join(folder, `${name}.new`), copy, { mode: 0o600 })
    assert.deepEqual(spoolIn().adopt(), ['a http'])
    assert.ok(!readdirSync(folder).some(file => file.endsWith('.new')))
  })

  it('goes on in a new file when somebody has removed its own', () => {
    const { spool } = spoolIn()
    spool.add(packed('a'), ['http'])
    rmSync(theFile())
    spool.add(packed('b'), ['http'])
    assert.deepEqual(live(readFileSync(theFile())), ['a http', 'b http'])
  })

  it('where there can be no folder says so once, and loses nothing in memory', () => {
    writeFileSync(path.join(folder, 'file'), '')
    const { spool, lines } = spoolIn(path.join(folder, 'file/spool'))
    for (let i = 0; i < 100; i++) spool.add(packed(`r${i}`), ['http'])
    for (let i = 0; i < 100; i++) spool.settled(`r${i}`, 'http')
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, /^spool: .*cannot be used \(ENOTDIR.*\); reports wait in memory alone$/)
  })

  describe('on a disk of its own', () => {
    before(function () {
      const place = mkdtempSync(path.join(tmpdir(), 'perfagent-disk-'))
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place], { stdio: 'ignore' })
      if (mounted.status === 0) spawnSync('umount', [place])
      rmdirSync(place)
      if (mounted.status !== 0) skip(this, 'a disk of its own for the spool: only root may mount')
    })

    function disk(size: string): string {
      const place = path.join(folder, 'disk')
      mkdirSync(place)
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place])
      return place
    }
    afterEach(() => {
      // Lazily: the spool still has its file open.
      spawnSync('umount', ['-l', path.join(folder, 'disk')])
    })

    it('that is full keeps what was whole, and goes on when there is room', () => {
      const place = disk('64k')
      writeFileSync(path.join(place, 'other'), Buffer.alloc(40_000))
      const { spool, lines } = spoolIn(place)
      for (let i = 0; i < 20; i++) spool.add(packed(`r${i}`), ['http'])
      assert.equal(lines.length, 1)
      assert.match(lines[0]!, /ENOSPC|full/)
      const file = (): string => path.join(place, readdirSync(place).find(name => name.endsWith('.spool'))!)
      const before = live(readFileSync(file()))
      assert.ok(before.length > 0 && before.length < 20, `${before.length} of 20`)
      rmSync(path.join(place, 'other'))
      spool.add(packed('later'), ['http'])
      assert.deepEqual(live(readFileSync(file())), [...before, 'later http'])
    })

    it('that is full from the beginning has a whole file as soon as there is room', () => {
      const place = disk('64k')
      writeFileSync(path.join(place, 'other'), Buffer.alloc(60_000))
      const { spool, lines } = spoolIn(place)
      spool.add(packed('a', 600, 'x'.repeat(10_000)), ['http'])
      assert.match(lines[0]!, /ENOSPC|full/)
      assert.deepEqual(readdirSync(place), ['other'])
      rmSync(path.join(place, 'other'))
      spool.add(packed('b'), ['http'])
      assert.deepEqual(live(readFileSync(path.join(place, readdirSync(place)[0]!))), ['a http', 'b http'])
    })

    it('that has no room for a shorter copy of a full spool keeps the long one', () => {
      const place = disk('64k')
      writeFileSync(path.join(place, 'other'), Buffer.alloc(18_000))
      const { spool, lines } = spoolIn(place, 40_000)
      const file = (): string => path.join(place, readdirSync(place).find(name => name.endsWith('.spool'))!)
      let before: string[] = []
      let files = 0
      for (let i = 0; lines.length === 0; i++) {
        files = openFiles()
        before = i === 0 ? [] : live(readFileSync(file()))
        spool.add(packed(`r${i}`), ['http'])
      }
      assert.match(lines[0]!, /ENOSPC|full/)
      assert.deepEqual(live(readFileSync(file())), before)
      assert.ok(before.length > 5, `${before}`)
      assert.equal(openFiles(), files)
      assert.equal(readdirSync(place).filter(name => name.endsWith('.new')).length, 0)
    })

    it('that is read-only says so once', () => {
      const place = disk('64k')
      execFileSync('mount', ['-o', 'remount,ro', place])
      const { spool, adopt, lines } = spoolIn(place)
      adopt()
      for (let i = 0; i < 20; i++) spool.add(packed(`r${i}`), ['http'])
      assert.equal(lines.length, 1)
      assert.match(lines[0]!, /EROFS/)
    })
  })

  it('brings the reports of a service that was killed while its backend was away, after a restart', async () => {
    const env = { PERFAGENT_SPOOL_DIR: folder, PERFAGENT_PROFILE: 'false' }
    const backend = await startBackend('reset')
    const killed = await runApp('http.js', { backend, env })
    await killed.get('/wait?ms=80')
    await backend.request()
    process.kill(killed.pid, 'SIGKILL')
    await killed.outcome
    assert.equal(backend.reports.length, 0)
    backend.answer = {}
    const restarted = await runApp('http.js', { backend, env })
    const report = await backend.report()
    assert.equal(report.service.pid, killed.pid)
    await restarted.stop()
    assert.deepEqual(readdirSync(folder), [])
    await backend.close()
  })
})

const startOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!
}
