// Listens for what the agent of a process says about its slow requests. The folder and the socket are made with the rights of the
// service's user and not with ours: that user could otherwise have root make files in places of its choice.

import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { folderOf, isPrivate, type Said, socketOf } from './rendezvous.js'

/** A report is at most some hundred kB; a line without an end would fill the memory. */
const MAX_BYTES_BETWEEN_LINES = 16 * 1024 * 1024

export interface Windows {
  close(): void
}

/** Throws with one line for the user. */
export function listen(pid: number, said: (message: Said) => void): Windows {
  const { uid, gid, inner } = identityOf(pid)
  // In the file system of the process, which may be a container's. Going there pins the folder that is then looked at.
  const root = `/proc/${pid}/root`
  const agents = new Set<Socket>()
  const server = createServer(socket => {
    let sinceLine = 0
    agents.add(socket)
    socket.on('close', () => agents.delete(socket))
    socket.on('error', () => {})
    socket.on('data', chunk => {
      sinceLine = chunk.includes(10) ? 0 : sinceLine + chunk.length
      if (sinceLine > MAX_BYTES_BETWEEN_LINES) socket.destroy()
    })
    createInterface({ input: socket }).on('line', line => {
      const message = read(line)
      if (message) said(message)
    })
  })
  server.on('error', () => {})
  const file = socketOf(inner)
  as(uid, gid, () => {
    const folder = `${root}${folderOf(uid)}`
    makeFolder(folder)
    if (!isPrivate(folder, uid)) throw new Error(`${folderOf(uid)} is not the service's alone: rm -r ${folderOf(uid)}`)
    process.chdir(folder)
    if (!isPrivate('.', uid)) throw new Error(`${folderOf(uid)} is not the service's alone: rm -r ${folderOf(uid)}`)
    rmSync(file, { force: true })
    server.listen(file)
    chmodSync(file, 0o600)
  })
  return {
    close() {
      server.close()
      for (const socket of agents) socket.destroy()
      as(uid, gid, () => rmSync(file, { force: true }))
    }
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Nothing in `work` may wait: the process has the other user's rights meanwhile. */
function as(uid: number, gid: number, work: () => void): void {
  const [ownUid, ownGid] = [process.geteuid!(), process.getegid!()]
  try {
    if (uid !== ownUid) {
      process.setegid!(gid)
      process.seteuid!(uid)
    }
    work()
  } finally {
    if (uid !== ownUid) {
      process.seteuid!(ownUid)
      process.setegid!(ownGid)
    }
  }
}

/** Effective ids, and the process's id in its own namespace, which is what its agent knows. */
function identityOf(pid: number): { uid: number; gid: number; inner: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = (pattern: RegExp): number => Number(pattern.exec(status)?.[1])
  return {
    uid: number(/^Uid:\s+\d+\s+(\d+)/m),
    gid: number(/^Gid:\s+\d+\s+(\d+)/m),
    inner: number(/^NSpid:.*?(\d+)$/m)
  }
}

function read(line: string): Said | undefined {
  try {
    const message = JSON.parse(line)
    const { type, start, end } = message
    if (typeof start !== 'number') return undefined
    if (type === 'report') return typeof end === 'number' && message.report?.verdict ? message : undefined
    return type === 'slow' ? message : undefined
  } catch {
    return undefined
  }
}
