// MariaDB: speaks MySQL's protocol, with passwords that the oldest driver that we support understands
// (mysql_native_password; `mysql` 2.18 does not know MySQL 8's default).

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fromUrl } from './address.mjs'

const GRANTS = `CREATE DATABASE perfagent;
CREATE USER perfagent@'127.0.0.1' IDENTIFIED BY 'perfagent';
GRANT ALL ON *.* TO perfagent@'127.0.0.1';
`

export const mariadb = {
  name: 'mariadb',
  title: 'MariaDB',
  variable: 'MYSQL_URL',
  /** The last is what the second calls. */
  binaries: ['mariadbd', 'mariadb-install-db', 'my_print_defaults'],
  /** The programs without Debian's service around them. */
  packages: ['mariadb-server-core', 'mariadb-client-core'],

  named: ({ MYSQL_URL }) => (MYSQL_URL ? fromUrl('MYSQL_URL', MYSQL_URL, ['mysql:'], 3306) : undefined),

  async prepare({ bin, home, run }) {
    await writeFile(path.join(home, 'grants.sql'), GRANTS)
    await run(
      bin['mariadb-install-db'],
      '--no-defaults',
      `--datadir=${path.join(home, 'data')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db'
    )
  },

  command: ({ bin, home, port }) => [
    bin.mariadbd,
    '--no-defaults',
    `--datadir=${path.join(home, 'data')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    // Relative to the data folder: the path of a socket may have 107 bytes.
    '--socket=mariadb.sock',
    `--init-file=${path.join(home, 'grants.sql')}`,
    '--innodb-flush-log-at-trx-commit=0'
  ],
  ready: /ready for connections/,
  signal: 'SIGKILL',

  env: port => ({ MYSQL_URL: `mysql://perfagent:perfagent@127.0.0.1:${port}/perfagent` })
}
