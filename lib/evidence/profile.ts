// A V8 CPU profile as it comes, and what of several of them lies within a request. Pure. Agent thread.

import type { CpuEvidence, Frame } from '../types.js'
import { pathOf, withoutAgent } from './stack.js'

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number }
  children?: number[]
}

/** `Profiler.Profile` of the inspector protocol (Node 20 to 26). */
export interface Profile {
  nodes: ProfileNode[]
  /** Microseconds of CLOCK_MONOTONIC. */
  startTime: number
  endTime: number
  samples: number[]
  timeDeltas: number[]
}

/** Milliseconds of CLOCK_MONOTONIC. Samples of an idle thread are left out. */
export interface Window {
  start: number
  end: number
  nodes: Map<number, { frame: Frame; parent: number }>
  samples: { at: number; ms: number; node: number }[]
}

export function readProfile(profile: Profile): Window {
  const nodes: Window['nodes'] = new Map()
  for (const node of profile.nodes) nodes.set(node.id, { frame: readFrame(node), parent: 0 })
  for (const node of profile.nodes) for (const child of node.children ?? []) nodes.get(child)!.parent = node.id

  const samples: Window['samples'] = []
  let at = profile.startTime
  for (let i = 0; i < profile.samples.length; i++) {
    at += profile.timeDeltas[i]!
    const node = profile.samples[i]!
    const next = i + 1 < profile.samples.length ? at + profile.timeDeltas[i + 1]! : profile.endTime
    if (nodes.get(node)!.frame.function !== '(idle)')
      samples.push({ at: at / 1000, ms: Math.max(0, next - at) / 1000, node })
  }
  return { start: profile.startTime / 1000, end: profile.endTime / 1000, nodes, samples }
}

/**
 * The line is that of the function's head (V8 counts from 0). A node's `positionTicks` would tell the line that ran, but where
 * code was inlined they are lines of other files (Node 20 to 26), and nothing tells which; probes know the line for certain.
 */
function readFrame({ callFrame }: ProfileNode): Frame {
  return {
    function: callFrame.functionName || '(anonymous)',
    file: pathOf(callFrame.url),
    line: callFrame.lineNumber + 1,
    column: callFrame.columnNumber + 1
  }
}

/** Overlapping windows show the seam between them twice: a sample counts once, in the earlier one. */
export function collect(windows: Window[], start: number, end: number, intervalMs: number): CpuEvidence {
  const stacks: Frame[][] = []
  const samples: CpuEvidence['samples'] = []
  let coveredMs = 0
  let from = start
  for (const window of windows) {
    if (window.end <= from || window.start >= end) continue
    coveredMs += Math.min(window.end, end) - Math.max(window.start, from)
    const known = new Map<number, number>()
    for (const sample of window.samples) {
      if (sample.at < from || sample.at >= end) continue
      let stack = known.get(sample.node)
      if (stack === undefined) {
        stack = stacks.push(stackOf(window, sample.node)) - 1
        known.set(sample.node, stack)
      }
      if (stacks[stack]!.length > 0) samples.push({ at: sample.at, ms: Math.min(sample.ms, end - sample.at), stack })
    }
    from = Math.max(from, window.end)
  }
  return { intervalMs, samples, stacks, coverageShare: Math.min(1, coveredMs / Math.max(end - start, 0.001)) }
}

/** Leaf first, without V8's `(root)`. */
function stackOf(window: Window, leaf: number): Frame[] {
  const frames: Frame[] = []
  for (let node = window.nodes.get(leaf); node && node.parent !== 0; node = window.nodes.get(node.parent)) {
    frames.push(node.frame)
  }
  return withoutAgent(frames)
}
