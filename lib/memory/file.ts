// The memory of what was usual, in a file that outlives the process. Agent thread. Written whole beside it and renamed, so that a
// reader finds the old or the new one; what another process of the service has written meanwhile is taken in first. A file that
// cannot be read or written costs the memory, with one line, and nothing else.

import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Cause, News } from '../types.js'
import { begin, lastOf, learn, merge, nothingKnown, parse, type Usual } from './usual.js'

export interface Memory {
  /** Null without a file, without versions, and where nothing is new. */
  learn(route: string, cause: Cause): News | null
  save(): void
}

/** What one more report of a known kind adds is not worth a write. */
const SAVES_EVERY_MS = 10_000

export function openMemory(file: string, version: string, say: (text: string) => void): Memory {
  if (file === '' || version === '') return { learn: () => null, save() {} }
  let usual = begin(read(file) ?? nothingKnown(), version)
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
        const theirs = read(file)
        if (theirs) usual = merge(usual, theirs)
        known = JSON.stringify(usual)
        write(file, JSON.stringify(theirs ? lastOf(usual, theirs) : usual))
      } catch (error) {
        failed = true
        say(`cannot remember what was usual: ${(error as Error).message}`)
      }
    }
  }
  memory.save()
  return memory
}

function read(file: string): Usual | undefined {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
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
