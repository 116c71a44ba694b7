// The config file's text, whenever it is another. Agent thread, where a slow disk holds up nobody.
//
// It is looked at every LOOK_MS, because a watch by the kernel loses a file that is replaced (editors, Kubernetes' symbolic links)
// and does not see network file systems.

import { readFileSync, statSync } from 'node:fs'
import { unfit } from '../options/file.js'

const LOOK_MS = 2000
/** Some write a file by removing it first. */
const GONE_LOOKS = 2
/** The text of no file: no options. */
const NONE = '{}'

/** Calls `onText` with the first text and with each other one. A file that is gone stands for no options. */
export function watchFile(file: string, onText: (text: string) => void): void {
  let seen = ''
  let text: string | undefined
  let gone = 0

  function look(): void {
    try {
      const stats = statSync(file)
      const { mtimeMs, size, ino } = stats
      const stamp = `${mtimeMs} ${size} ${ino}`
      gone = 0
      if (stamp === seen) return
      seen = stamp
      if (!unfit(stats)) say(readFileSync(file, 'utf8'))
    } catch {
      seen = ''
      if (++gone === GONE_LOOKS) say(NONE)
    }
  }

  function say(now: string): void {
    if (now === text) return
    text = now
    onText(now)
  }

  look()
  setInterval(look, LOOK_MS).unref()
}
