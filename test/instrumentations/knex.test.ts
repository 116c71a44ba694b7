import { describeOrmPool } from './orm-pool-cases.js'

describeOrmPool({
  name: 'knex',
  statements: [/^BEGIN;$/, /^SELECT pg_sleep\(\?\)$/, /^SELECT \$1 AS secret$/, /^COMMIT;$/],
  timeout: /Timeout acquiring a connection/
})
