// The memory of what was usual, in a file that outlives the process. Agent thread. Written whole beside it and renamed, so that a
// reader finds the old or the new one; what another process of the service has written meanwhile is taken in first. A file that
// cannot be read or written costs the memory, with one line, and nothing else: it is not written over, and a pipe or a device is not
// even opened. As root a renamed file would take the place of /dev/null.

import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Cause, News } from '../types.js'
import { begin, lastOf, learn, merge, nothingKnown, parse, type Usual } from './usual.js'

export interface Memory {
  /** Null without a file, without versions, and where nothing is new. */
  learn(route: string, cause: Cause): News | null
  save(): void
}

/** Of MAX_ROUTES routes; a larger one is none of ours. */
const MAX_BYTES = 8 * 1024 * 1024
/** What one more report of a known kind adds is not worth a write. */
const SAVES_EVERY_MS = 10_000

const NO_MEMORY: Memory = { learn: () => null, save() {} }

export function openMemory(file: string, version: string, say: (text: string) => void): Memory {
  if (file === '' || version === '') return NO_MEMORY
  const place = placeOf(file)
  const sayWhy = (error: unknown): void => say(`cannot remember what was usual: ${(error as Error).message}`)
  let usual: Usual
  try {
    usual = begin(read(place) ?? nothingKnown(), version)
  } catch (error) {
    sayWhy(error)
    return NO_MEMORY
  }
  let known = ''
  let saved = Number.NEGATIVE_INFINITY
  let failed = false

  const memory: Memory = {
    learn(route, cause) {
      const news = learn(usual, route, cause)
      if (performance.now() - saved >= SAVES_EVERY_MS) memory.save()
      return news
    },
    save() {
      const text = JSON.stringify(usual)
      if (failed || text === known) return
      saved = performance.now()
      try {
        const theirs = read(place)
        if (theirs) usual = merge(usual, theirs)
        known = JSON.stringify(usual)
        write(place, JSON.stringify(theirs ? lastOf(usual, theirs) : usual))
      } catch (error) {
        failed = true
        sayWhy(error)
      }
    }
  }
  memory.save()
  return memory
}

/** What a link leads to, which may not be there yet: to rename a file there would take the place of the link. */
function placeOf(file: string): string {
  try {
    return resolve(dirname(file), readlinkSync(file))
  } catch {
    return file
  }
}

/** Undefined where there is none, or something else. Throws where that cannot be told. */
function read(file: string): Usual | undefined {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (!stats) return undefined
  if (!stats.isFile()) throw new Error(`${file} is no regular file`)
  if (stats.size > MAX_BYTES) throw new Error(`${file} is larger than ${MAX_BYTES} bytes`)
  return parse(readFileSync(file, 'utf8'))
}

function write(file: string, text: string): void {
  // Not by the number of the process alone: in containers that share a volume all may have the same.
  const beside = `${file}.${randomUUID()}`
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(beside, text, { mode: 0o600 })
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}
