// The text of an address, as `OperationFacts.target` has it. Main thread.
//
// Most services have one server of a kind: a text made anew for each of its operations is hashed anew by metrics, and dropped.

/** Where a MySQL server is, as the options of its clients say it. */
export interface MysqlServer {
  host?: string
  port?: number
  /** Goes before host and port. */
  socketPath?: string
  database?: string
}

export const mysqlTarget = ({ socketPath, host, port, database }: MysqlServer): string =>
  `${socketPath ?? `${host}:${port}`}/${database ?? ''}`

export type Target = (host: unknown, port: unknown, database?: unknown) => string

/** Keeps the last one: each library has its own. */
export function createTarget(): Target {
  let last = { host: undefined as unknown, port: undefined as unknown, database: undefined as unknown, text: '' }
  return (host, port, database) => {
    if (host !== last.host || port !== last.port || database !== last.database || last.text === '')
      last = { host, port, database, text: textOf(host, port, database) }
    return last.text
  }
}

const textOf = (host: unknown, port: unknown, database: unknown): string =>
  `${host}${port ? `:${port}` : ''}${database === undefined ? '' : `/${database}`}`
