// Where the connections of pools were taken: stacks that came as text become frames. Agent thread.

import type { Frame, Timeline } from '../types.js'
import { original } from './sourcemap.js'
import { parseStack, withoutAgent } from './stack.js'

export function readHolders(timeline: Timeline): Timeline {
  const operations = timeline.operations.map(operation => {
    const { pool } = operation
    if (!pool?.holders.some(({ takenAt }) => typeof takenAt === 'string')) return operation
    const holders = pool.holders.map(holder =>
      typeof holder.takenAt === 'string' ? { ...holder, takenAt: framesOf(holder.takenAt) } : holder
    )
    return { ...operation, pool: { ...pool, holders } }
  })
  return { ...timeline, operations }
}

const framesOf = (stack: string): Frame[] => withoutAgent(parseStack(stack)).map(original)
