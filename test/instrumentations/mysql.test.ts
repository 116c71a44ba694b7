import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { mysql } from '../../instrumentations/mysql.js'
import { describeMysql } from './mysql-cases.js'
import { VERSIONS } from './versions.js'

describeMysql({ title: 'mysql, newest', file: 'mysql.js', driver: 'mysql', libraries: VERSIONS.newest })
describeMysql({ title: 'mysql, oldest', file: 'mysql.js', driver: 'mysql', libraries: VERSIONS.oldest })

/** As mysql's own goes about it (2.18): who waits is given a connection by another call of getConnection. */
class Pool {
  _allConnections = [{}]
  _freeConnections = [{}]
  _connectionQueue: Got[] = []
  getConnection(got: Got): void {
    if (this._freeConnections.length > 0) got(null, this._freeConnections.pop()!)
    else this._connectionQueue.push(got)
  }
  releaseConnection(connection: object): void {
    this._freeConnections.push(connection)
    const next = this._connectionQueue.shift()
    if (next) this.getConnection(next)
  }
}
type Got = (error: Error | null, connection: object) => void

it('a connection of mysql that is handed on to who waits for it is one wait, of theirs', () => {
  mysql.patches!.find(({ file }) => file === 'lib/Pool.js')!.apply(Pool as never, '2.18.1')
  const waits: object[] = []
  const note = (wait: unknown): unknown => waits.push(wait as object)
  const started = channel('tracing:perfagent:mysql:pool:connect:start')
  started.subscribe(note)
  const pool = new Pool()
  const got: string[] = []
  let first: object | undefined
  pool.getConnection((_, connection) => {
    first = connection
    got.push('first')
  })
  pool.getConnection(() => got.push('second'))
  pool.releaseConnection(first!)
  started.unsubscribe(note)
  assert.deepEqual([got, waits.length], [['first', 'second'], 2])
})
