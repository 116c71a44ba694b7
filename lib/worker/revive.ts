// A timeline that came as JSON, as a look's answer does. Agent thread. Pure.

import type { Ahead, Operation, Timeline } from '../types.js'

/** JSON knows no NaN and no undefined. */
export function revive(timeline: Timeline): Timeline {
  const operations = timeline.operations.map(
    ({ end, ahead, ...told }): Operation => ({ ...told, end: end ?? Number.NaN, ahead: ahead && reviveAhead(ahead) })
  )
  return { ...timeline, operations }
}

const reviveAhead = ({ until, call, ...others }: Ahead): Ahead => ({
  ...others,
  until: until ?? Number.NaN,
  call: call && { ...call, end: call.end ?? Number.NaN }
})
