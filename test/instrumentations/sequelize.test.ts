import { describeOrmPool } from './orm-pool-cases.js'

describeOrmPool({
  name: 'sequelize',
  statements: [/^START TRANSACTION;$/, /^SELECT pg_sleep\(\?\) AS answer$/, /^SELECT \? AS answer$/, /^COMMIT;$/],
  timeout: /Operation timeout/
})
