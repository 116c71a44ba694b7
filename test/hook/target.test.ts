import assert from 'node:assert/strict'
import { createTarget } from '../../lib/hook/target.js'

describe('the address of an operation', () => {
  it('is that of this one, whatever was asked for before', () => {
    const target = createTarget()
    // host | port | database | text
    const cases: [unknown, unknown, unknown, string][] = [
      ['db', 5432, 'shop', 'db:5432/shop'],
      ['db', 5432, 'shop', 'db:5432/shop'],
      ['db', 5432, 'stock', 'db:5432/stock'],
      ['db', 5433, 'stock', 'db:5433/stock'],
      ['cache', 5433, 'stock', 'cache:5433/stock'],
      ['cache', 6379, undefined, 'cache:6379'],
      ['/run/mysqld.sock', undefined, 'shop', '/run/mysqld.sock/shop']
    ]
    for (const [host, port, database, text] of cases) assert.equal(target(host, port, database), text)
  })
})
