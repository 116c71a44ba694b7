// One line of JSON for each report in a file that only its owner can read, rotated by size: FILE, FILE.1, FILE.2, FILE.3. By option
// the reports' CPU samples are files beside it. Agent thread. The file is opened for each write, because several processes may share it
// and one that rotates it moves it from under the others.

import { closeSync, constants, fstatSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import { atDisk } from '../process/at-disk.js'
import type { Exporter, Outcome } from './exporter.js'
import { bytesOf, unpack } from './packed.js'
import { writeProfiles } from './profiles.js'

const KEPT = 3
/** A pipe that nobody reads would hold the thread, else, until somebody does: while it is opened, and when it is full. Not on Windows. */
const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK = 0 } = constants
/** Of a pipe, when it is opened and when it is written to. */
const UNREAD = ['ENXIO', 'EPIPE']
/** A disk may get room again, and a pipe a reader; what is read-only or forbidden stays so. */
const PASSING = new Set([...UNREAD, 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EIO', 'EAGAIN'])
const NEWLINE = Buffer.from('\n')

export const file: Exporter = {
  name: 'file',
  where: 'PERFAGENT_FILE',
  destinations({ file: path, fileMaxBytes, profiles }, io) {
    const forms = profiles.filter(form => form === 'pprof' || form === 'cpuprofile')
    if (path === '') return []
    return [
      {
        name: 'file',
        place: path,
        maxBatch: 100,
        async send(batch) {
          const lines = Buffer.concat(batch.flatMap(packed => [bytesOf(packed), NEWLINE]))
          const outcome = atDisk(() => append(path, lines, fileMaxBytes))
          if (outcome.type !== 'delivered' || forms.length === 0) return outcome
          try {
            for (const packed of batch) writeProfiles(`${path}.profiles`, unpack(packed), forms)
          } catch (error) {
            io.log('debug', `a profile was not written: ${(error as Error).message}`)
          }
          return outcome
        }
      }
    ]
  }
}

function append(path: string, lines: Buffer, maxBytes: number): Outcome {
  try {
    let descriptor = open(path)
    let { size } = fstatSync(descriptor)
    if (size > 0 && size + lines.length > maxBytes) {
      closeSync(descriptor)
      rotate(path)
      descriptor = open(path)
      size = fstatSync(descriptor).size
    }
    try {
      const written = writeSync(descriptor, lines)
      if (written === lines.length) return { type: 'delivered' }
      // Half a line would spoil the next one too. It stays where it is not the last any more, and in a pipe, which has no size.
      if (fstatSync(descriptor).size === size + written) ftruncateSync(descriptor, size)
      return { type: 'retry', reason: 'cannot be written (only a part of it was taken)' }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const reason = UNREAD.includes(code) ? 'cannot be written (nobody reads from it)' : `cannot be written (${message})`
    return PASSING.has(code) ? { type: 'retry', reason } : { type: 'off', reason }
  }
}

const open = (path: string): number => openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600)

function rotate(path: string): void {
  for (let i = KEPT; i > 0; i--) {
    try {
      renameSync(i === 1 ? path : `${path}.${i - 1}`, `${path}.${i}`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}
