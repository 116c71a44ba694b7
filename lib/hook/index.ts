// All that an instrumentation may import. Main thread.

export { now } from '../clock.js'
export type { Instrumentation, OperationSource, Patch, RequestSource, RouteSource } from './instrumentation.js'
export { observeCalls } from './observe.js'
export { bindCallback, type Ending, type Watch, wrapFunction, wrapMethod, wrapWatched } from './wrap.js'
