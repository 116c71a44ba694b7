// The entry `perfagent`: the public API, for `require` and, by name, for `import`. Main thread and workers; without an agent in the
// thread its functions do nothing. It starts none, which is said where somebody meant it to (lib/unstarted.ts).

import { expectStart } from './main.js'

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

expectStart()
