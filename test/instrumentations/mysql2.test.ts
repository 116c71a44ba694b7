import { describeMysql } from './mysql-cases.js'
import { VERSIONS } from './versions.js'

for (const [version, libraries] of Object.entries(VERSIONS)) {
  describeMysql({ title: `mysql2, ${version}`, file: 'mysql.js', driver: 'mysql2', libraries })
}
describeMysql({ title: 'mysql2, newest, by import', file: 'mysql2.mjs', driver: 'mysql2', libraries: undefined })
