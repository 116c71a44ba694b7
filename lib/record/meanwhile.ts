// What is told of a request and of an operation while they are under way. It is noted on them and needs nothing that the recorder
// knows of the others. Main thread, inside the application's stack.

import type { Earlier } from '../hook/instrumentation.js'
import type { Outside, OutsideCall } from '../hook/recorder.js'
import { now } from '../process/clock.js'
import type { Operation, OperationFacts, Taken } from '../types.js'
import { hasFailed } from './error-text.js'
import { giveUp as giveUpPlace, leaveLine, leaveLost, noteSent, type Place, standIn } from './lines.js'
import { beginLookUp } from './look-ups.js'
import { askedAt, hold, snapshotCalls } from './pools.js'
import type { RecordedOperation } from './recorder-types.js'
import type { Request } from './request.js'
import { addUnread, beginTransfer, noteTaken, noteTransfer } from './transfer.js'

export function received(request: Request, last: boolean, awaited: boolean): void {
  request.upload ??= beginTransfer(request.start)
  noteTransfer(request.upload, awaited, awaited)
  request.upload.over = last
}

export function taken({ upload }: Request, isFull: boolean): void {
  if (upload) noteTaken(upload, isFull)
}

export function asked({ upload }: Request): void {
  if (upload?.full) noteTaken(upload, false)
}

export function continued(request: Request): void {
  request.upload ??= beginTransfer(now())
}

export function sending(request: Request, stalled: boolean): void {
  request.download ??= beginTransfer(now())
  noteTransfer(request.download, request.download.waiting, stalled)
}

export function written(request: Request): void {
  request.writtenAt = now()
}

export function mark(
  { operation }: RecordedOperation,
  name: string,
  statusCode: number | undefined,
  earlier: Earlier | undefined
): void {
  operation.statusCode ??= statusCode
  operation.marks ??= {}
  if (earlier && earlier.last > operation.start) Object.assign(operation.marks, earlier.moments)
  noteMoment(operation.marks, name)
  if (name === 'sent' && operation.place) noteSent(operation.place, now())
  if (name === 'lost' && operation.place) leaveLost(operation.place)
}

/** Those of each call are stored by a written name: where a name varies, V8 looks it up in a table, 300 instructions each (Node 24). */
function noteMoment(marks: Record<string, number>, name: string): void {
  if (name === 'sent') marks['sent'] ??= now()
  else if (name === 'headers') marks['headers'] ??= now()
  else marks[name] ??= now()
}

export function leftUnread({ operation }: RecordedOperation, since: number): void {
  operation.unread ??= []
  addUnread(operation.unread, { start: since, end: now() })
}

export function unsent({ operation }: RecordedOperation, bytes: number): void {
  if (bytes > 0) operation.unsent ??= { bytes, start: now(), end: Number.NaN }
  else if (operation.unsent) operation.unsent.end = now()
}

/** Once: it may have stood there when it began, or be over. */
export function stand({ operation, request }: RecordedOperation, connection: object): void {
  if (!operation.place && Number.isNaN(operation.end)) standIn(connection, operation, request, undefined)
}

export const standOutside = (
  connection: object,
  request: Request | undefined,
  describe: () => OperationFacts | undefined
): Place => standIn(connection, undefined, request, describe)

export function giveUp({ operation }: RecordedOperation): Place | undefined {
  const { place } = operation
  if (place) giveUpPlace(place, now())
  return place
}

export const leave = (place: Place, error: unknown): void => leaveLine(place, now(), hasFailed(error))

export const lookUp = (
  told: RecordedOperation | undefined,
  request: Request | undefined,
  facts: OperationFacts
): (() => void) => beginLookUp(told?.operation, request?.ref, facts)

export const isFollowed = ({ operation, request }: RecordedOperation): boolean => !request.isUntold(operation)

export const requestOf = ({ request }: RecordedOperation): Request => request

export const askOutside = (): Outside => ({ request: undefined, askedAt: askedAt() })

export const acquired = ({ request, askedAt }: RecordedOperation | Outside, connection: object): void =>
  hold(connection, request, askedAt)

export const took = (request: Request | undefined, connection: object): void => hold(connection, request, askedAt())

export const lookAt = (
  taken: Taken,
  callOf: (key: object) => RecordedOperation | OutsideCall | undefined
): NonNullable<Operation['pool']> => snapshotCalls(taken, callOf)

export function waitsFor({ operation }: RecordedOperation, looked: object): void {
  operation.pool ??= looked as NonNullable<Operation['pool']>
}
