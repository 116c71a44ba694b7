// Stacks of the main thread, as text and as frames, leaf first. Pure. V8's forms of the text (https://v8.dev/docs/stack-trace-api):
//   at fn (file:line:column)      at async fn (…)      at new Type (…)      at file:line:column
//   at Type.method [as name] (…)  at eval (eval at fn (file:line:column), <anonymous>:line:column)

import { sep } from 'node:path'
import { DIST } from '../place.js'
import type { Answers } from '../record/answers.js'
import type { Frame } from '../types.js'

const AGENT_FOLDER = DIST + sep
/** What answers the agent thread's questions, on top of the application's stack; beneath it is the expression that asked. */
const ANSWERS = ['probe', 'overdue', 'poolCalls', 'rotate'] satisfies (keyof Answers)[]
const ANSWER = new RegExp(`^(?:\\w+\\.)?(?:${ANSWERS.join('|')})$`)

const MAX_FRAMES = 64
const MAX_LINE = 1024
const PLACE = /^(.*?):(\d+):(\d+)$/
/** By whom a text was made into code is not where that code is. */
const COMPILED = /^eval at .*, (?=<anonymous>:\d+:\d+$)/

export function parseStack(stack: string): Frame[] {
  const frames: Frame[] = []
  for (const line of stack.split('\n')) {
    if (frames.length === MAX_FRAMES) break
    const text = line.slice(0, MAX_LINE).trim()
    if (text.startsWith('at ')) frames.push(parseFrame(text.slice('at '.length)))
  }
  return frames
}

/**
 * What the application ran: without the agent's own frames, what they had called at the leaf, and the expression by which a
 * question was asked. Empty when nothing but Node's own frames are left, as of the heartbeat: that sample is ours. A wrapper
 * in the middle goes too: what a package does beneath it is to be laid on whoever called the wrapped function.
 */
export function withoutAgent(frames: Frame[]): Frame[] {
  const leafRun = frames.findIndex(frame => !isNodes(frame) && !isOurs(frame))
  const own = frames.slice(0, leafRun < 0 ? frames.length : leafRun).findLastIndex(isOurs)
  const rest = own < 0 ? frames : frames.slice(ANSWER.test(frames[own]!.function) ? own + 2 : own + 1)
  const theirs = rest.filter(frame => !isOurs(frame))
  return own >= 0 && theirs.every(isNodes) ? [] : theirs
}

const isNodes = ({ file }: Frame): boolean => file === '' || file === '<anonymous>' || file.startsWith('node:')

const isOurs = ({ file }: Frame): boolean => file.startsWith(AGENT_FOLDER)

function parseFrame(text: string): Frame {
  const open = text.endsWith(')') ? text.indexOf(' (') : -1
  const name = open < 0 ? '' : text.slice(0, open)
  const place = PLACE.exec(open < 0 ? text : text.slice(open + 2, -1).replace(COMPILED, ''))
  return {
    function: name.replace(/^async /, '') || '(anonymous)',
    file: place ? pathOf(place[1]!.replace(/^async /, '')) : '',
    line: Number(place?.[2] ?? 0),
    column: Number(place?.[3] ?? 0)
  }
}

/** ES modules have a URL, in which a space or a bracket is encoded; all else has its path. */
export function pathOf(file: string): string {
  if (!file.startsWith('file://')) return file
  const path = file.slice('file://'.length)
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
