// A report's CPU samples as a `.cpuprofile`, which Chrome's DevTools, VS Code and speedscope open. Pure. The report has sums by
// stack, so the samples of a stack stand one after another: widths are right, the order in time is not known.

import type { Frame, Report } from '../types.js'

type Cpu = NonNullable<Report['evidence']['cpu']>

interface Node {
  id: number
  callFrame: { functionName: string; scriptId: string; url: string; lineNumber: number; columnNumber: number }
  hitCount: number
  children: number[]
}

export function toCpuProfile({ stacks, intervalMs }: Cpu, durationMs: number): unknown {
  const root: Node = {
    id: 1,
    callFrame: callFrame({ function: '(root)', file: '', line: 0, column: 0 }),
    hitCount: 0,
    children: []
  }
  const nodes = [root]
  const known = new Map<string, Node>()
  const samples: number[] = []
  const timeDeltas: number[] = []
  for (const stack of stacks) {
    let node = root
    for (const frame of stack.frames.toReversed()) {
      const key = `${node.id} ${frame.function} ${frame.file}:${frame.line}`
      let child = known.get(key)
      if (!child) {
        child = { id: nodes.length + 1, callFrame: callFrame(frame), hitCount: 0, children: [] }
        nodes.push(child)
        known.set(key, child)
        node.children.push(child.id)
      }
      node = child
    }
    node.hitCount += stack.samples
    const each = Math.round(((stack.samples > 0 ? stack.ms / stack.samples : intervalMs) || intervalMs) * 1000)
    for (let i = 0; i < stack.samples; i++) {
      samples.push(node.id)
      timeDeltas.push(each)
    }
  }
  return { nodes, startTime: 0, endTime: Math.round(durationMs * 1000), samples, timeDeltas }
}

const callFrame = ({ function: name, file, line, column }: Frame): Node['callFrame'] => ({
  functionName: name,
  scriptId: '0',
  url: file,
  lineNumber: line - 1,
  columnNumber: column - 1
})
