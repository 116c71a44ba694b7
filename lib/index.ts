// The entry `perfagent`: the public API, for `require` and, by name, for `import`.

export {
  annotate,
  beforeReport,
  configure,
  flush,
  type Options,
  onSlowRequest,
  operation,
  type ReportFilter,
  request,
  type SlowRequestHook,
  start,
  stop
} from './main.js'
export type * from './types.js'
