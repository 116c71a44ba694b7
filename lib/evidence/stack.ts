// Reads the text of an Error's stack into frames. Pure. V8's forms (https://v8.dev/docs/stack-trace-api):
//   at fn (file:line:column)      at async fn (…)      at new Type (…)      at file:line:column
//   at Type.method [as name] (…)  at eval (eval at fn (file:line:column), <anonymous>:line:column)

import type { Frame } from '../types.js'

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
