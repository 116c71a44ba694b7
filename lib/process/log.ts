// The agent's own messages: lines on stderr that begin with `[perfagent]`. Any thread. Written with writeSync, because what a
// worker gives to the console is lost when the process exits; a closed or full stderr is no reason to fail.

import { writeSync } from 'node:fs'
import { escapeControls } from './plain.js'

const LEVELS = ['none', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LEVELS)[number]

const STDERR = 2
const MAX_LINE = 1000

let shown = LEVELS.indexOf('warn')

export const setLogLevel = (level: LogLevel): void => {
  shown = LEVELS.indexOf(level)
}

export function log(level: Exclude<LogLevel, 'none'>, text: string): void {
  if (LEVELS.indexOf(level) > shown) return
  try {
    writeSync(STDERR, `[perfagent] ${escapeControls(text.slice(0, MAX_LINE))}\n`)
  } catch {}
}
