// Checks of what the agent runs on: Node, its permissions, the clock, what the kernel tells. They look, and change nothing.

import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../options/config.js'
import { flawFixedIn } from '../process/node-version.js'
import { type Finding, note, ok, wrong } from './finding.js'

export function checkNode(): Finding[] {
  const fixed = flawFixedIn()
  return [
    fixed
      ? wrong('node', `${process.version} ends the process at a stack overflow that is caught`, `update to ${fixed}`)
      : ok('node', `${process.version}, ${process.platform} ${process.arch}`),
    ...permissions()
  ]
}

/** Of Node's permission model; without it there is nothing to say. */
function permissions(): Finding[] {
  const permission = (process as NodeJS.Process & { permission?: { has(scope: string): boolean } }).permission
  if (!permission) return []
  return ['worker', 'inspector']
    .filter(scope => !permission.has(scope))
    .map(scope =>
      note('permissions', `Node's permission model denies ${scope}`, `add --allow-${scope}, where this Node has it`)
    )
}

/** Reports tell moments of the wall clock, as it was when the process began, plus monotonic time. */
export function checkClock(): Finding {
  const driftMs = Math.abs(Date.now() - performance.timeOrigin - performance.now())
  return driftMs < 1000
    ? ok('clock', 'steady')
    : note(
        'clock',
        `the wall clock was set by ${Math.round(driftMs / 1000)} s since this process began`,
        'keep it in step with NTP; reports of running processes tell the old time'
      )
}

const KERNEL_SOURCES: [file: string, tells: string][] = [
  ['/proc/self/schedstat', 'waits for a CPU'],
  ['/proc/pressure/cpu', 'pressure on CPU, memory and disk'],
  ['/proc/self/cgroup', 'CPU quota']
]

export function checkKernel(): Finding {
  if (process.platform !== 'linux')
    return note('kernel', `${process.platform}: evidence of the kernel is Linux's alone`)
  const missing = KERNEL_SOURCES.filter(([file]) => !isReadable(file))
  return missing.length === 0
    ? ok('kernel', 'tells of waits for a CPU, pressure, and the CPU quota')
    : note('kernel', `does not tell of ${missing.map(([file, tells]) => `${tells} (${file})`).join(', ')}`)
}

export function checkFiles({ file, memoryFile, spoolDir }: Config): Finding[] {
  return [
    ...checkPlace('file', file, false, () => (existsSync(file) ? file : inside(dirname(file)))),
    // What is remembered is written beside and takes the place of the file.
    ...checkPlace('memory', memoryFile, false, () => inside(nearest(dirname(memoryFile)))),
    ...checkPlace('spool', spoolDir, true, () => inside(nearest(spoolDir)))
  ]
}

function checkPlace(about: string, path: string, isFolder: boolean, needed: () => string): Finding[] {
  if (path === '') return []
  const mend = `name a ${isFolder ? 'folder' : 'file in a folder'} that the service may write`
  try {
    if (existsSync(path) && statSync(path).isDirectory() !== isFolder)
      return [wrong(about, `${path} is ${isFolder ? 'no' : 'a'} folder`, mend)]
    accessSync(needed(), constants.W_OK)
    return [ok(about, `${path} can be written`)]
  } catch (error) {
    return [wrong(about, `${path}: ${(error as Error).message}`, mend)]
  }
}

/** Fails where it is a file. */
const inside = (folder: string): string => `${folder}/.`

/** The folder that is there, of those around it: the others are made with it. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)))

function isReadable(file: string): boolean {
  try {
    readFileSync(file)
    return true
  } catch {
    return false
  }
}
