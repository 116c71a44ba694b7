// Reports for the person in front of the terminal (format.ts makes the text). Written to the descriptor: what a worker gives
// to process.stdout goes through the main thread, which may be blocked, and is lost when the process exits.

import { writeSync } from 'node:fs'
import type { Exporter, Io, Outcome } from './exporter.js'
import { format } from './format.js'
import { unpack } from './packed.js'

const STDOUT = 1
/** Between two tries while a pipe's reader is slow (EAGAIN); the queue's deadline ends them. */
const PIPE_FULL_MS = 20

export const stdout: Exporter = {
  name: 'stdout',
  destinations(_config, io) {
    return [
      {
        name: 'stdout',
        place: 'stdout',
        maxBatch: 1,
        send([packed], signal) {
          const text = `${format(unpack(packed!), { colors: io.colors })}\n\n`
          return writeAll(Buffer.from(text), signal, io)
        }
      }
    ]
  }
}

async function writeAll(text: Buffer, signal: AbortSignal, io: Io): Promise<Outcome> {
  let written = 0
  while (written < text.length) {
    if (signal.aborted) return { type: 'refused', reason: 'is not read' }
    try {
      written += writeSync(STDOUT, text, written)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'EAGAIN') return { type: 'off', reason: `cannot be written (${message})` }
      await new Promise<void>(resolve => io.after(PIPE_FULL_MS, resolve))
    }
  }
  return { type: 'delivered' }
}
