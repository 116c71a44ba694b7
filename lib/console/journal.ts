// `--data DIR`: every body that was taken, in an SQLite file, and read again at the next start through the same door. Bounded by
// bytes like the memory; the oldest go first. Written in one transaction a second: a crash loses that second. What the disk does not
// take is lost, and said once; the console goes on.

import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

type Entry = [signal: string, contentType: string, body: Uint8Array]

export interface Journal {
  add(signal: string, contentType: string, body: Uint8Array): void
  replay(take: (...entry: Entry) => void): void
  close(): void
}

/** The little we use of node:sqlite, whose types are newer than the oldest Node that we run on. */
interface Database {
  exec(sql: string): void
  prepare(sql: string): {
    run(...values: unknown[]): void
    get(...values: unknown[]): Record<string, unknown> | undefined
    all(...values: unknown[]): Record<string, unknown>[]
  }
  close(): void
}

const WRITE_EVERY_MS = 1000
const MAX_PENDING_BYTES = 8 * 1024 * 1024

/** Throws one line for the user where this Node has no SQLite, or the folder cannot be written. */
export function openJournal(folder: string, maxBytes: number, say: (text: string) => void = () => {}): Journal {
  const { DatabaseSync } = sqlite()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, 'console.sqlite')
  forOwnerAlone(file)
  const database = new DatabaseSync(file)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, signal TEXT, type TEXT, body BLOB) STRICT`)
  const insert = database.prepare('INSERT INTO bodies (signal, type, body) VALUES (?, ?, ?)')
  const sum = database.prepare('SELECT coalesce(sum(length(body)), 0) AS bytes FROM bodies')
  const ids = database.prepare('SELECT id FROM bodies ORDER BY id')
  const read = database.prepare('SELECT signal, type, body FROM bodies WHERE id = ?')
  const oldest = database.prepare('SELECT id, length(body) AS bytes FROM bodies ORDER BY id LIMIT 1')
  const drop = database.prepare('DELETE FROM bodies WHERE id = ?')
  let bytes = Number(sum.get()!['bytes'])
  let pending: Entry[] = []
  let pendingBytes = 0
  let failed = false

  function write(): void {
    if (pending.length === 0) return
    const entries = pending
    pending = []
    pendingBytes = 0
    try {
      database.exec('BEGIN IMMEDIATE')
      bytes = keep(entries)
      database.exec('COMMIT')
      failed = false
    } catch (error) {
      rollBack()
      if (!failed) say(`what comes is not kept in ${folder}: ${(error as Error).message}`)
      failed = true
    }
  }

  /** SQLite may have done it itself. */
  function rollBack(): void {
    try {
      database.exec('ROLLBACK')
    } catch {}
  }

  /** Returns how many bytes there are then. */
  function keep(entries: Entry[]): number {
    for (const entry of entries) insert.run(...entry)
    let kept = bytes + sizeOf(entries)
    while (kept > maxBytes) {
      const { id, bytes: gone } = oldest.get()!
      drop.run(id)
      kept -= Number(gone)
    }
    return kept
  }

  const timer = setInterval(write, WRITE_EVERY_MS)

  return {
    add(signal, contentType, body) {
      pending.push([signal, contentType, body])
      pendingBytes += body.length
      if (pendingBytes > MAX_PENDING_BYTES) write()
    },
    replay(take) {
      // One at a time: together they would be in memory twice.
      for (const { id } of ids.all()) {
        const { signal, type, body } = read.get(id)!
        take(String(signal), String(type), body as Uint8Array)
      }
    },
    close() {
      clearInterval(timer)
      write()
      database.close()
    }
  }
}

/** Before it is opened: SQLite gives the files beside it the same mode. */
function forOwnerAlone(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
  try {
    chmodSync(file, 0o600)
  } catch {
    // It is of another user, who lets us write it.
  }
}

const sizeOf = (entries: Entry[]): number => entries.reduce((sum, [, , body]) => sum + body.length, 0)

/** Asked before anything is made: where there is none, nothing is left behind. */
function sqlite(): { DatabaseSync: new (file: string) => Database } {
  // Node 22 says that it is experimental; that is between Node and us.
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return createRequire(__filename)('node:sqlite')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw error
    throw new Error(`--data needs node:sqlite, which ${process.version} does not have: Node 22.13 or newer does`)
  } finally {
    process.emitWarning = emitWarning
  }
}
