// All that an instrumentation may import. Main thread.

export { apply } from '../process/builtins.js'
export { now } from '../process/clock.js'
export { httpCode, httpCodeOf, nameOfCode, OK, UNKNOWN } from '../process/grpc-codes.js'
export type { Fullness, PoolFacts, SocketsFacts, Taken } from '../types.js'
export {
  type Agent,
  addRequest,
  isForeign,
  limitOf,
  noteWays,
  opensItself,
  takenFrom,
  WAITING
} from './agents.js'
export { carrierOf } from './carrier.js'
export { type ConnectingSocket, isConnecting, watchConnecting } from './connecting.js'
export { AGAIN, callNow, carryAgain, patchDispatch, QUEUED, toldNow } from './dispatch.js'
export { createGrpcStreams } from './grpc-streams.js'
export { createFuse, guard } from './guard.js'
export { addHeaders } from './inject.js'
export type { Earlier, Instrumentation, OperationSource, Patch, RouteSource } from './instrumentation.js'
export { createKeptBack } from './kept-back.js'
export { isLeftAlone } from './left-alone.js'
export { addToJsonLine, addToRecord, type TraceIds, toText } from './log-line.js'
export { mariadbPatches } from './mariadb-classes.js'
export { createMoments, marksOf } from './moments.js'
export { observeCalls, observeEvents, observeReturns, thenLook } from './observe.js'
export { createQueue } from './queue.js'
export { batchFacts, commandFacts, shortText } from './redis-commands.js'
export { type Callable, wrapFunction, wrapLoose } from './replace.js'
export { hasContextFrames, requestDoor } from './requests.js'
export { returnOf } from './return.js'
export { routeOf } from './route.js'
export { createRows } from './rows.js'
export { runToEnd } from './run-to-end.js'
export { createStamp } from './stamp.js'
export { ofSymbol } from './symbols.js'
export { taggedText } from './tagged-text.js'
export { createTarget, type MysqlServer, mysqlTarget } from './target.js'
export { type Queued, takenBy } from './undici-pools.js'
export { createPieceWatch, createReaderWatch, createUnread } from './unread.js'
export { createUnsent } from './unsent.js'
export { factsOfWork, runWork, type Work } from './work.js'
export { bindCallback, type Ending, type Watch, wrapMethod, wrapWatched } from './wrap.js'
