// The file that PERFAGENT_CONFIG_FILE names: options as JSON, `{ "slowMs": 200 }`. Any thread.

import { readFileSync, type Stats, statSync } from 'node:fs'

export const MAX_FILE_BYTES = 256 * 1024

export const NO_OBJECT = 'is not a JSON object'

/** What it holds, as yet unchecked; or why nothing of it can be used. */
export type FileRead = { values: object } | { problem: string }

export function readConfigFile(file: string): FileRead {
  try {
    const problem = unfit(statSync(file))
    return problem ? { problem } : parseConfigFile(readFileSync(file, 'utf8'))
  } catch (error) {
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'for an unknown reason'})` }
  }
}

/** Why it is not even opened: whoever reads a pipe or a device waits for an end that may not come, and the application with it. */
export function unfit(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'is no regular file'
  return stats.size > MAX_FILE_BYTES ? `is larger than ${MAX_FILE_BYTES} bytes` : undefined
}

/** Editors on Windows begin a text with it. */
const BYTE_ORDER_MARK = /^\ufeff/

/** The error's text is not told: Node puts a part of the file into it, where secrets may be. */
export function parseConfigFile(text: string): FileRead {
  try {
    const values: unknown = JSON.parse(text.replace(BYTE_ORDER_MARK, ''))
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) return { values }
  } catch {}
  return { problem: NO_OBJECT }
}
