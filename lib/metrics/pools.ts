// How full the pools of connections are: looked at with each heartbeat while requests are in flight, because libraries tell of a
// connection that is taken and not of one that is given back. Main thread. A pool costs some 100 ns a beat.
//
// Kept true: no pool is kept alive for being looked at; one that cannot be read is looked at no more.

import type { PoolFacts } from '../types.js'
import { recordOf, type SeriesRegistry } from './series.js'

const MS_PER_S = 1000
const MAX_POOLS = 100

export interface WatchedPool {
  of: WeakRef<object>
  look: PoolFacts['look']
  nameOf: PoolFacts['name']
  /** Known when somebody has got a connection: before, the pool may know no more than a connection string. */
  cells: Cells | undefined
}

interface Cells {
  name: string
  wait: Float64Array
  busy: Float64Array
  capacity: Float64Array
  used: Float64Array
  max: Float64Array
  pending: Float64Array
}

export interface PoolWatch {
  /** Undefined when there are too many. */
  see(facts: PoolFacts): WatchedPool | undefined
  waited(pool: WatchedPool, ms: number): void
  /** The heart begins to beat again: nothing is known of the time since the last beat. */
  wake(moment: number): void
  beat(moment: number): void
}

export function createPoolWatch(series: SeriesRegistry): PoolWatch {
  const known = new WeakMap<object, WatchedPool>()
  const record = recordOf('poolWait', series.histograms)
  let pools: WatchedPool[] = []
  let lastMoment = Number.NaN

  /** Two pools of one database are two pools. */
  function uniqueName(wanted: string): string {
    const names = new Set(pools.map(({ cells }) => cells?.name))
    let name = wanted
    for (let i = 2; names.has(name); i++) name = `${wanted} ${i}`
    return name
  }

  function cellsOf(pool: WatchedPool): Cells | undefined {
    // A look through a weak reference keeps what it finds alive until the turn ends, by an entry in a table.
    if (pool.cells) return pool.cells
    const of = pool.of.deref()
    if (!of) return undefined
    const name = uniqueName(pool.nameOf(of as never))
    const resource = `pool ${name}`
    pool.cells = {
      name,
      wait: series.cells('poolWait', [name]),
      busy: series.cells('busyTime', [resource]),
      capacity: series.cells('capacity', [resource]),
      used: series.cells('poolCount', [name, 'used']),
      max: series.cells('poolMax', [name]),
      pending: series.cells('poolPending', [name])
    }
    return pool.cells
  }

  /** False when it is gone or cannot be read. */
  function sample(pool: WatchedPool, elapsedMs: number): boolean {
    const of = pool.of.deref()
    if (!of) return false
    const { cells } = pool
    if (!cells) return true
    try {
      const { size, inUse, waiting } = pool.look(of as never)
      cells.busy[0]! += (inUse * elapsedMs) / MS_PER_S
      cells.capacity[0] = size
      cells.max[0] = size
      cells.used[0] = inUse
      cells.pending[0] = waiting
      return true
    } catch {
      return false
    }
  }

  return {
    see({ of, look, name }) {
      const found = known.get(of)
      if (found || pools.length >= MAX_POOLS) return found
      const pool: WatchedPool = { of: new WeakRef(of), look, nameOf: name, cells: undefined }
      known.set(of, pool)
      pools.push(pool)
      return pool
    },
    waited(pool, ms) {
      const cells = cellsOf(pool)
      if (cells) record(cells.wait, ms / MS_PER_S)
    },
    wake(moment) {
      lastMoment = moment
    },
    beat(moment) {
      const elapsedMs = moment - lastMoment
      lastMoment = moment
      if (!(elapsedMs >= 0) || pools.length === 0) return
      let gone = false
      for (const pool of pools) {
        if (sample(pool, elapsedMs)) continue
        gone = true
        pool.cells?.used.fill(0)
        pool.cells?.pending.fill(0)
      }
      if (gone) pools = pools.filter(pool => sample(pool, 0))
    }
  }
}
