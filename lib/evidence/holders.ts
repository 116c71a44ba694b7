// Where the connections of pools were taken: stacks that came as text become frames. Agent thread.

import type { Timeline } from '../types.js'
import { original } from './sourcemap.js'
import { parseStack, withoutAgent } from './stack.js'

export function readHolders(timeline: Timeline): Timeline {
  const operations = timeline.operations.map(operation => {
    const { pool } = operation
    if (!pool?.holders.some(({ takenAt }) => takenAt)) return operation
    const holders = pool.holders.map(({ takenAt, ...holder }) =>
      takenAt ? { ...holder, frames: withoutAgent(parseStack(takenAt)).map(original) } : holder
    )
    return { ...operation, pool: { ...pool, holders } }
  })
  return { ...timeline, operations }
}
