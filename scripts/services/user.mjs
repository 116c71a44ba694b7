// Who the services run as. PostgreSQL and MariaDB refuse to run as root, so root lends them an unprivileged user that is
// there anyway; anybody else runs them as himself.

import { readFileSync, statSync } from 'node:fs'
import { chown, mkdir } from 'node:fs/promises'
import path from 'node:path'

/** `{ uid, gid }` for spawn, empty when we are not root. */
export function unprivileged() {
  if (process.getuid() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const found = ['nobody', 'daemon', 'postgres'].map(name => users.find(user => user[0] === name)).find(Boolean)
  if (!found) throw new Error('root cannot run PostgreSQL, and /etc/passwd has no user "nobody" to run it as')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

/** Makes a folder that this user owns. */
export async function allow(folder, { uid, gid }) {
  await mkdir(folder, { recursive: true })
  if (uid !== undefined) await chown(folder, uid, gid)
}

/** Whether this user may pass through the folder and all those above it. */
export function canEnter(folder, { uid, gid }) {
  if (uid === undefined) return true
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const { mode, uid: owner, gid: group } = statSync(at)
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001
    if (!(mode & bit)) return false
    if (at === path.dirname(at)) return true
  }
}
