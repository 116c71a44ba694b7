import { describeMysql } from './mysql-cases.js'
import { VERSIONS } from './versions.js'

describeMysql({ title: 'mysql, newest', file: 'mysql.js', driver: 'mysql', libraries: VERSIONS.newest })
describeMysql({ title: 'mysql, oldest', file: 'mysql.js', driver: 'mysql', libraries: VERSIONS.oldest })
