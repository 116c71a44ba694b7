// The agent's own messages: lines on stderr that begin with `[perfagent]`. Any thread. Written with writeSync, because what a
// worker gives to the console is lost when the process exits; a closed or full stderr is no reason to fail.

import { writeSync } from 'node:fs'

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

/** One line stays one, and a terminal does nothing but show it: \x9b begins a command as \x1b[ does. */
export const escapeControls = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
