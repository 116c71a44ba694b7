// The entry `perfagent`: the public API, for `require` and, by name, for `import`. Main thread and workers; without an agent in the
// thread its functions do nothing.

export {
  annotate,
  beforeReport,
  configure,
  flush,
  type Options,
  onSlowRequest,
  operation,
  request,
  start,
  stop
} from './main.js'
export type * from './types.js'
