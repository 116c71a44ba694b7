// By which method a call was made and where it went, in the words of OpenTelemetry's conventions. Pure; any thread. What comes from
// outside is cut to a known set.

import type { OperationKind } from '../types.js'

const METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'])
const OTHER = '_OTHER'
const MAX_CHARS = 255

export const methodOf = (method: string): string => (METHODS.has(method) ? method : OTHER)

export interface Place {
  address: string | undefined
  port: number | undefined
  namespace: string | undefined
}

/** `host:port/database`, where each part may be missing, the host may be `[::1]`, and the path of a socket stands for host and port. */
export function placeOf(kind: OperationKind, target = ''): Place {
  const plain = target.slice(target.lastIndexOf('@') + 1).slice(0, MAX_CHARS)
  if (plain.startsWith('/')) {
    // Behind it is the name of a database, even an empty one.
    const [, address = plain, namespace] = (kind === 'db' && /^(\/.*)\/([^/]*)$/s.exec(plain)) || []
    return { address, port: undefined, namespace: namespace || undefined }
  }
  const [, address = plain, port, namespace] = /^(\[[^\]]*\]|[^:/]*)(?::(\d{1,5}))?(?:\/(.*))?$/s.exec(plain) ?? []
  return {
    address: address.replace(/^\[|\]$/g, '') || undefined,
    port: port ? Number(port) : undefined,
    namespace: namespace || undefined
  }
}
