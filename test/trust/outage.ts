// What an export in a process of its own did while it pushed so many reports: test/apps/outage.js.

import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Export } from '../../lib/export/index.js'
import { APPS } from '../harness/program.js'

export interface Outage {
  /** Bytes by which the process is larger than before. */
  grown: number
  lines: string[]
  counts: ReturnType<Export['counts']>
}

/** To nobody, unless an endpoint is given. */
export async function outage(reports: number, protocol: string, endpoint?: string): Promise<Outage> {
  const args = [path.join(APPS, 'outage.js'), String(reports), protocol, ...(endpoint ? [endpoint] : [])]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}
