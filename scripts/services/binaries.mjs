// Where a service's programs are: PATH, then the folders where distributions put servers outside of it.

import { access, constants, readdir } from 'node:fs/promises'
import path from 'node:path'

/** `{ name: absolute path }` when all of them are there, else undefined. */
export async function findBinaries(names) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...(await serverFolders())].filter(
    path.isAbsolute
  )
  const found = await Promise.all(names.map(name => firstExecutable(folders, name)))
  return found.includes(undefined) ? undefined : Object.fromEntries(names.map((name, index) => [name, found[index]]))
}

/** The newest PostgreSQL first: Debian installs several side by side. */
async function serverFolders() {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a))
  return [...newestFirst.map(version => `/usr/lib/postgresql/${version}/bin`), '/usr/sbin', '/usr/libexec']
}

async function firstExecutable(folders, name) {
  for (const folder of folders) {
    const file = path.join(folder, name)
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false
      )
    )
      return file
  }
  return undefined
}
