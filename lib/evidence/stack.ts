// Stacks of the main thread, as text and as frames, leaf first. Pure. V8's forms of the text (https://v8.dev/docs/stack-trace-api):
//   at fn (file:line:column)      at async fn (…)      at new Type (…)      at file:line:column
//   at Type.method [as name] (…)  at eval (eval at fn (file:line:column), <anonymous>:line:column)

import type { Frame } from '../types.js'

/** Where the agent thread's questions are answered, on top of the application's stack. */
const LOOK_FILE = /[\\/]record[\\/]look\.js$/

const MAX_FRAMES = 64
const MAX_LINE = 1024
const PLACE = /^(.*?):(\d+):(\d+)$/

export function parseStack(stack: string): Frame[] {
  const frames: Frame[] = []
  for (const line of stack.split('\n')) {
    if (frames.length === MAX_FRAMES) break
    const text = line.slice(0, MAX_LINE).trim()
    if (text.startsWith('at ')) frames.push(parseFrame(text.slice('at '.length)))
  }
  return frames
}

/** What ran beneath a question: the frames below ours and below the expression that called us. */
export function withoutLook(frames: Frame[]): Frame[] {
  const ours = frames.findLastIndex(frame => LOOK_FILE.test(frame.file))
  return ours < 0 ? frames : frames.slice(ours + 2)
}

function parseFrame(text: string): Frame {
  const open = text.endsWith(')') ? text.indexOf(' (') : -1
  const name = open < 0 ? '' : text.slice(0, open)
  const place = PLACE.exec(open < 0 ? text : text.slice(open + 2, -1))
  return {
    function: name.replace(/^async /, '') || '(anonymous)',
    file: place ? place[1]!.replace(/^async /, '').replace(/^file:\/\//, '') : '',
    line: Number(place?.[2] ?? 0),
    column: Number(place?.[3] ?? 0)
  }
}
