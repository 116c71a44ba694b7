// How full the pools of connections are, and the sockets of clients that may have a limited number of them open: looked at with each
// heartbeat while requests are in flight, because libraries tell of a connection that is taken and not of one that is given back.
// Main thread. A pool costs some 100 ns a beat.
//
// Kept true: no pool is kept alive for being looked at; one that cannot be read is looked at no more.

import type { Fullness, PoolFacts, SocketsFacts } from '../types.js'
import { recordOf, type SeriesRegistry } from './series.js'

const MS_PER_S = 1000
const MAX_POOLS = 100

export interface WatchedPool {
  of: WeakRef<object>
  look(of: never): Fullness & Partial<PoolFacts>
  nameOf: PoolFacts['name']
  ofDatabase: boolean
  /** Known when somebody has got a connection: before, the pool may know no more than a connection string. */
  cells: Cells | undefined
}

interface Cells {
  /** Of the resource. */
  name: string
  busy: Float64Array
  capacity: Float64Array
  /** The conventions have them for connections to databases alone. */
  database: DatabaseCells | undefined
}

interface DatabaseCells {
  wait: Float64Array
  used: Float64Array
  max: Float64Array
  pending: Float64Array
}

export interface PoolWatch {
  /** Undefined when there are too many. */
  see(facts: PoolFacts): WatchedPool | undefined
  seeSockets(facts: SocketsFacts): void
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
    const name = uniqueName(`pool ${pool.nameOf(of as never)}`)
    const database = pool.ofDatabase ? databaseCells(name.slice('pool '.length)) : undefined
    pool.cells = { ...resourceCells(name), database }
    return pool.cells
  }

  const resourceCells = (name: string): Omit<Cells, 'database'> => {
    return { name, busy: series.cells('busyTime', [name]), capacity: series.cells('capacity', [name]) }
  }

  const databaseCells = (name: string): DatabaseCells => ({
    wait: series.cells('poolWait', [name]),
    used: series.cells('poolCount', [name, 'used']),
    max: series.cells('poolMax', [name]),
    pending: series.cells('poolPending', [name])
  })

  function add({ of, look, name }: PoolFacts | SocketsFacts, ofDatabase: boolean): WatchedPool | undefined {
    if (pools.length >= MAX_POOLS) return undefined
    const pool: WatchedPool = { of: new WeakRef(of), look, nameOf: name, ofDatabase, cells: undefined }
    known.set(of, pool)
    pools.push(pool)
    return pool
  }

  /** False when it is gone or cannot be read. */
  function sample(pool: WatchedPool, elapsedMs: number): boolean {
    const of = pool.of.deref()
    if (!of) return false
    const { cells } = pool
    if (!cells) return true
    try {
      const { size, inUse, waiting = 0 } = pool.look(of as never)
      cells.busy[0]! += (inUse * elapsedMs) / MS_PER_S
      cells.capacity[0] = size
      if (cells.database) tell(cells.database, size, inUse, waiting)
      return true
    } catch {
      return false
    }
  }

  return {
    see: facts => known.get(facts.of) ?? add(facts, facts.ofDatabase !== false),
    seeSockets(facts) {
      if (known.has(facts.of)) return
      const sockets = add(facts, false)
      if (!sockets) return
      const name = uniqueName(`sockets ${facts.name(facts.of as never)}`)
      sockets.cells = { ...resourceCells(name), database: undefined }
    },
    waited(pool, ms) {
      const cells = cellsOf(pool)
      if (cells?.database) record(cells.database.wait, ms / MS_PER_S)
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
        if (pool.cells) forget(pool.cells)
      }
      if (gone) pools = pools.filter(pool => sample(pool, 0))
    }
  }
}

function tell({ max, used, pending }: DatabaseCells, size: number, inUse: number, waiting: number): void {
  max[0] = size
  used[0] = inUse
  pending[0] = waiting
}

/** What is gone has nothing to give, either. */
function forget({ capacity, database }: Cells): void {
  capacity.fill(0)
  database?.used.fill(0)
  database?.pending.fill(0)
}
