// The table of causes. A new cause is a row here, a page in docs/causes, and a case in test/verdict/causes. Where two causes got
// the same time, the earlier row is the verdict.

import type { Cause } from '../../types.js'
import type { Facts } from '../facts.js'
import { clientSlowDownload, clientSlowUpload } from './client.js'
import { cpuOwn } from './cpu-own.js'
import { gc } from './gc.js'
import { httpConnect, httpSlowPeer, httpSocketWait } from './http.js'
import { loopBlocked } from './loop-blocked.js'
import { loopSaturated } from './loop-saturated.js'
import { cacheNPlusOne, dbNPlusOne, httpNPlusOne } from './n-plus-one.js'
import { cpuContended, cpuThrottled, memoryPaging, processStopped } from './off-cpu.js'
import { dbPoolWait } from './pool-wait.js'
import type { CauseRow } from './row.js'
import { cacheSlow, dbSlowQuery, dnsSlow, messageSlow, processSlow } from './slow-answer.js'
import { threadPool } from './thread-pool.js'
import { unknown } from './unknown.js'

export const CAUSE_ROWS: readonly CauseRow[] = [
  dbPoolWait,
  dbNPlusOne,
  dbSlowQuery,
  cacheNPlusOne,
  cacheSlow,
  messageSlow,
  httpNPlusOne,
  httpSocketWait,
  httpConnect,
  httpSlowPeer,
  dnsSlow,
  processSlow,
  gc,
  cpuThrottled,
  cpuContended,
  memoryPaging,
  processStopped,
  loopBlocked,
  cpuOwn,
  loopSaturated,
  threadPool,
  clientSlowUpload,
  clientSlowDownload,
  unknown
]

/** While the heap is full nothing is known of calls and of turns: whoever needs them has no say. */
const FULL_HEAP_ROWS: readonly CauseRow[] = [gc, unknown]

export const rowsFor = ({ timeline }: Facts): readonly CauseRow[] => (timeline.heap ? FULL_HEAP_ROWS : CAUSE_ROWS)

const rows = new Map(CAUSE_ROWS.map(row => [row.cause, row]))

export const rowOf = (cause: Cause): CauseRow => rows.get(cause) ?? unknown
