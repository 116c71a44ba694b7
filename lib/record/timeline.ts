// A slow request as plain data, for the agent thread: what it did so far, or all of it. Main thread. Texts are cut here, where they are
// copied, and masked over there.

import { MAX_PATH_CHARS, MAX_TEXT_CHARS } from '../batch/format.js'
import { toEpochMs } from '../process/clock.js'
import type { Operation, Timeline } from '../types.js'
import { MAX_NAMED } from '../worker/shared.js'
import { aheadSoFar, type Standing } from './lines.js'
import type { Request } from './request.js'
import { beginTransfer, toTransfer } from './transfer.js'

const LONG_OPERATIONS = 200
const LONG_TURNS = 2400

/**
 * Of a request that was slow among thousands most is whose turns there were, the same for each of them. Written into a look's answer
 * 8,192 take 3 to 6 ms.
 */
export const isLong = ({ operations, turns }: Timeline): boolean =>
  operations.length > LONG_OPERATIONS ||
  (turns !== undefined && (turns.requests.length === MAX_NAMED || turns.stretchesUs.length > 3 * LONG_TURNS))

export function toTimeline(request: Request, concurrency: number, droppedReports: number): Timeline {
  const { start, firstTurnEnd, upload } = request
  const { traceId, spanId, parentSpanId, state, sampled, caller } = request.ids
  const end = request.endSoFar()
  return {
    id: request.id,
    status: request.status,
    traceId,
    spanId,
    parentSpanId,
    traceState: state,
    sampled,
    caller,
    at: toEpochMs(start),
    start,
    end,
    thresholdMs: request.thresholdMs,
    method: request.facts.method,
    path: request.facts.path.slice(0, MAX_PATH_CHARS),
    route: request.route,
    statusCode: request.statusCode,
    operations: (request.operations ?? []).map(asTold),
    ...(request.gotAtOnce && { gotAtOnce: request.gotAtOnce }),
    ownTurns: Number.isNaN(firstTurnEnd) ? [] : [{ start, end: firstTurnEnd }],
    upload: upload && toTransfer(upload, end),
    download: downloadOf(request, end),
    concurrency,
    span: request.span,
    annotations: { ...request.annotations },
    dropped: { operations: request.droppedOperations, reports: droppedReports }
  }
}

/** From the handler's last word on all is waiting for the caller. */
function downloadOf({ download, writtenAt }: Request, end: number): Timeline['download'] {
  if (Number.isNaN(writtenAt)) return download && toTransfer(download, end)
  const log = download ?? beginTransfer(writtenAt)
  return toTransfer({ ...log, since: log.waiting ? log.since : writtenAt, waiting: true }, end)
}

const asTold = (operation: Standing): Operation =>
  cutText(operation.place ? { ...operation, ahead: aheadSoFar(operation), place: undefined } : operation)

const cutText = (operation: Operation): Operation =>
  operation.text !== undefined && operation.text.length > MAX_TEXT_CHARS
    ? { ...operation, text: operation.text.slice(0, MAX_TEXT_CHARS) }
    : operation
