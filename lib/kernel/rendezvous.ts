// Where an agent and `perfagent kernel` find each other, and what the agent says there. The command makes the folder and listens;
// the agent looks there when a request turns slow, and at no other time, so that it costs nothing while nobody traces. Loaded on
// the agent thread.
//
//   /tmp/perfagent-<user id>/           0700, the service's user alone
//   /tmp/perfagent-<user id>/<pid>.sock the agent connects and writes one JSON document a line
//
// A folder in /tmp, and not in $TMPDIR, because both must know it without asking each other.

import { lstatSync } from 'node:fs'
import type { Report } from '../types.js'

/** Moments are those of lib/process/clock.ts. */
export type Said =
  /** A request has just become slow. */
  | { type: 'slow'; traceId: string; spanId: string; method: string; route: string; start: number }
  /** What was made of it in the end, as it left the process: masked, and after the application's own hooks. */
  | { type: 'report'; start: number; end: number; report: Report }

export const folderOf = (uid: number): string => `/tmp/perfagent-${uid}`
export const socketOf = (pid: number): string => `${pid}.sock`

const OTHERS = 0o077

/** Nobody but this user can have put a socket there. Throws when there is no such folder. */
export function isPrivate(folder: string, uid: number): boolean {
  const stat = lstatSync(folder)
  return stat.isDirectory() && stat.uid === uid && (stat.mode & OTHERS) === 0
}
