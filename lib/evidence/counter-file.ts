// A file of the kernel's that is read again and again, and stays open. Agent thread.

import { closeSync, openSync, readSync } from 'node:fs'

const FILE_MAX_BYTES = 8192

export interface CounterFile {
  path: string
  /** Its first FILE_MAX_BYTES: the kernel makes them anew at each read. */
  read(): string
  close(): void
}

const bytes = Buffer.alloc(FILE_MAX_BYTES)

export function openCounter(path: string): CounterFile {
  const file = openSync(path, 'r')
  return {
    path,
    read: () => bytes.toString('latin1', 0, readSync(file, bytes, 0, FILE_MAX_BYTES, 0)),
    close: () => closeSync(file)
  }
}
