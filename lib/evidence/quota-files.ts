// The CPU quotas of the groups that the process is in, and the files in which the kernel counts how they throttled it. They stay open.
// Agent thread.
//
// Which groups have one is looked up again: a process may be moved, and a pod may be resized. Where that fails, as without a free
// descriptor, what was known holds until the next time. A group that the process has left may be removed; its file then has nothing to read.

import { attempt } from '../process/attempt.js'
import { type CounterFile, openCounter } from './counter-file.js'
import { type LimitedGroup, limitedGroups, tightestOf } from './cpu-quota.js'
import { parseThrottling, type Throttling } from './kernel-files.js'

interface Quotas {
  /** The smallest of the group and those around it. */
  cores: number | undefined
  /** cpu.stat of the groups that have one. */
  files: CounterFile[]
}

export interface QuotaWatch {
  lookUp(): void
  cores(): number | undefined
  areAny(): boolean
  read(): Throttling
  close(): void
}

const NONE: Quotas = { cores: undefined, files: [] }

/** `onOthers`: counters of other groups begin anew. `missing` names why they cannot be looked up, as long as that is so. */
export function watchQuotas(
  missing: string[],
  onOthers: () => void,
  groups: () => LimitedGroup[] = limitedGroups
): QuotaWatch {
  let quotas = NONE
  let problem = ''

  function lookUp(): void {
    try {
      take(openQuotas(groups()))
      say('')
    } catch (error) {
      say(`CPU quota: ${(error as Error).message}`)
    }
  }

  function take(found: Quotas): void {
    const isSame = pathsOf(found) === pathsOf(quotas)
    close(isSame ? found : quotas)
    quotas = isSame ? { ...quotas, cores: found.cores } : found
    if (!isSame) onOthers()
  }

  function say(text: string): void {
    if (text === problem) return
    if (problem !== '') missing.splice(missing.indexOf(problem), 1)
    if (text !== '') missing.push(text)
    problem = text
  }

  function drop(): void {
    close(quotas)
    quotas = NONE
    onOthers()
  }

  return {
    lookUp,
    cores: () => quotas.cores,
    areAny: () => quotas.files.length > 0,
    read() {
      const counted = attempt(() => readThrottling(quotas))
      if (counted) return counted
      drop()
      lookUp()
      const again = attempt(() => readThrottling(quotas))
      if (!again) drop()
      return again ?? readThrottling(NONE)
    },
    close() {
      close(quotas)
      quotas = NONE
    }
  }
}

const pathsOf = ({ files }: Quotas): string => files.map(({ path }) => path).join()

function close({ files }: Quotas): void {
  for (const file of files) file.close()
}

function openQuotas(groups: LimitedGroup[]): Quotas {
  const files: CounterFile[] = []
  try {
    for (const { folder } of groups) files.push(openCounter(`${folder}/cpu.stat`))
  } catch (error) {
    close({ cores: undefined, files })
    throw error
  }
  return { cores: tightestOf(groups)?.cores, files }
}

function readThrottling({ files }: Quotas): Throttling {
  const sum = { throttledMs: 0, periods: 0 }
  for (const file of files) {
    const counted = parseThrottling(file.read())
    sum.throttledMs += counted?.throttledMs ?? 0
    sum.periods += counted?.periods ?? 0
  }
  return sum
}
