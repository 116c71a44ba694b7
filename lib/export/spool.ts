// What waits in the queues waits on the disk too, so that it survives the process: PERFAGENT_SPOOL_DIR. Agent thread; the format is
// drawn in spool-file.ts, whose file it is in spool-owner.ts.
//
// Kept true: a report is on the disk before it is sent, and is live there until every destination has settled it, so it arrives
// at least once (its id tells twins). Each process has one file, which only it writes, never longer than `maxBytes`; an empty one
// is cut to its head, a full one is rewritten with the slowest and newest, at most half. Orphans are taken over at the start and
// now and then. What the disk refuses is said once, and reports wait in memory alone. It is safe against a process that dies at
// any moment; against a machine that loses power as far as its file system is (no fsync: it takes milliseconds each).

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { atDisk } from '../process/at-disk.js'
import { attempt } from '../process/attempt.js'
import type { Io } from './exporter.js'
import { bytesOf, type Packed, packJson } from './packed.js'
import { excess } from './room.js'
import { MAGIC, readSpool, reportRecord, settledRecord } from './spool-file.js'
import { isOrphan, isSpool, ownName, TOUCH_MS } from './spool-owner.js'

/** Between two lines about the same trouble. */
const QUIET_MS = 10 * 60_000
const NEW = '.new'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants

export interface Spool {
  add(packed: Packed, destinations: string[]): void
  settled(id: string, destination: string): void
  /** Takes over what dead processes have left, now and from time to time. */
  adopt(push: (packed: Packed, destinations: Set<string>) => void): void
  /** The process may end: where nothing waits it leaves no file. */
  leave(): void
  close(): void
}

export interface SpoolOptions {
  folder: string
  maxBytes: number
  io: Io
}

interface Waiting {
  packed: Packed
  destinations: Set<string>
}

export function createSpool({ folder, maxBytes, io }: SpoolOptions): Spool {
  let name = ''
  let descriptor: number | undefined
  let size = 0
  let toldAt = Number.NEGATIVE_INFINITY
  let cancelTimer: (() => void) | undefined
  const live = new Map<string, Waiting>()

  return {
    add(packed, destinations) {
      live.set(packed.id, { packed, destinations: new Set(destinations) })
      append(reportRecord(bytesOf(packed), destinations))
    },
    settled(id, destination) {
      const waiting = live.get(id)
      if (!waiting?.destinations.delete(destination)) return
      if (waiting.destinations.size === 0) live.delete(id)
      if (live.size === 0) empty()
      else append(settledRecord(id, destination))
    },
    adopt: takeOver,
    leave,
    close() {
      cancelTimer?.()
      leave()
      letGo()
    }
  }

  function leave(): void {
    if (descriptor !== undefined && live.size === 0) useDisk(discard)
  }

  function append(record: Buffer): void {
    useDisk(() => {
      if (descriptor !== undefined && !isStillOurs()) letGo()
      if (descriptor === undefined) open()
      else if (size + record.length > maxBytes) rewrite()
      else write(record)
    })
  }

  /** What is live goes in with it. */
  function open(): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    name = ownName()
    descriptor = create(join(folder, name))
    size = 0
    write(wholeFile())
  }

  function rewrite(): void {
    const path = join(folder, name)
    const next = create(path + NEW)
    try {
      const content = wholeFile()
      if (writeSync(next, content) < content.length) throw new Error('the disk is full')
      renameSync(path + NEW, path)
      closeSync(descriptor!)
      descriptor = next
      size = content.length
    } catch (error) {
      closeSync(next)
      unlinkSync(path + NEW)
      throw error
    }
  }

  function wholeFile(): Buffer {
    const entries = [...live.values()]
    const dropped = excess(
      entries.map(({ packed }) => packed),
      maxBytes / 2
    )
    const kept = entries.filter(({ packed }) => !dropped.has(packed))
    return Buffer.concat([
      MAGIC,
      ...kept.map(({ packed, destinations }) => reportRecord(bytesOf(packed), destinations))
    ])
  }

  /** A write that the disk took in part is cut off again; where that fails too the file is left as it is, with a torn end. */
  function write(content: Buffer): void {
    let written = 0
    try {
      written = writeSync(descriptor!, content)
      if (written < content.length) throw new Error('the disk is full')
      size += written
    } catch (error) {
      try {
        ftruncateSync(descriptor!, size)
        if (size === 0) discard()
      } catch {
        letGo()
      }
      throw error
    }
  }

  function empty(): void {
    useDisk(() => {
      if (descriptor === undefined || size === MAGIC.length) return
      ftruncateSync(descriptor, MAGIC.length)
      size = MAGIC.length
    })
  }

  function discard(): void {
    unlinkSync(join(folder, name))
    letGo()
  }

  function letGo(): void {
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
    size = 0
  }

  /** Somebody may have cleaned the folder, or taken our file over while this process was stopped for long. */
  function isStillOurs(): boolean {
    return attempt(() => statSync(join(folder, name)).ino === fstatSync(descriptor!).ino) ?? false
  }

  function takeOver(push: (packed: Packed, destinations: Set<string>) => void): void {
    cancelTimer = io.after(TOUCH_MS, () => takeOver(push))
    useDisk(() => {
      const now = io.epochMs() / 1000
      if (descriptor !== undefined) futimesSync(descriptor, now, now)
    })
    for (const file of filesIn(folder)) useDisk(() => adoptOne(file, push))
  }

  function adoptOne(file: string, push: (packed: Packed, destinations: Set<string>) => void): void {
    const path = join(folder, file)
    // What was being written when its process died was the copy of a file that is still there.
    const half = file.endsWith(NEW)
    const { mtimeMs, uid, mode, size: bytes } = lstatSync(path)
    const trusted =
      uid === (process.getuid?.() ?? uid) && (mode & constants.S_IFMT) === constants.S_IFREG && !(mode & 0o22)
    if (!trusted || !isOrphan(half ? file.slice(0, -NEW.length) : file, name, io.epochMs() - mtimeMs)) return
    if (half) {
      unlinkSync(path)
      return
    }
    const ours = join(folder, ownName())
    try {
      renameSync(path, ours)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    const found = bytes > 2 * maxBytes ? [] : readSpool(readFileSync(ours))
    for (const { id, json, durationMs, destinations } of found) {
      if (!live.has(id)) push(packJson(json, { id, durationMs }), destinations)
    }
    unlinkSync(ours)
  }

  /** What fails is said, now and then. */
  function useDisk(act: () => void): void {
    try {
      atDisk(act)
    } catch (error) {
      if (io.now() - toldAt < QUIET_MS) return
      toldAt = io.now()
      io.log('warn', `spool: ${folder} cannot be used (${(error as Error).message}); reports wait in memory alone`)
    }
  }
}

const create = (path: string): number => openSync(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600)

function filesIn(folder: string): string[] {
  const files = attempt(() => readdirSync(folder)) ?? []
  return files.filter(file => isSpool(file.endsWith(NEW) ? file.slice(0, -NEW.length) : file))
}
