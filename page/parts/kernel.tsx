// What `perfagent kernel` saw of the request: what it says, when it was, and where the process slept and ran.

import type { KernelStack, KernelTold } from '../../lib/types.js'
import { duration } from '../words.js'
import { Flame } from './flame.js'
import { Strip } from './strip.js'

export function KernelDetail({ told, wholeMs }: { told: KernelTold; wholeMs: number }) {
  return (
    <>
      {told.findings.length === 0 && <p class="dim">The kernel saw nothing that would explain it.</p>}
      {told.findings.map(({ sentence }) => (
        <p>{sentence}</p>
      ))}
      {told.strips.map(({ name, parts }) => (
        <div class="named-strip">
          <span class="dim">{name}</span>
          <Strip wholeMs={wholeMs} parts={parts} />
        </div>
      ))}
      <Stacks name="Off-CPU: where its threads slept" stacks={told.offCpu} open />
      <Stacks name="On-CPU: JavaScript, native and kernel" stacks={told.onCpu} />
    </>
  )
}

function Stacks({ name, stacks, open = false }: { name: string; stacks: KernelStack[]; open?: boolean }) {
  if (stacks.length === 0) return null
  const samples = stacks.reduce((sum, each) => sum + each.samples, 0)
  const ms = stacks.reduce((sum, each) => sum + each.ms, 0)
  return (
    <details open={open}>
      <summary>
        <b>{name}</b> <small class="dim">{duration(ms)}</small>
      </summary>
      <Flame cpu={{ samples, intervalMs: samples > 0 ? ms / samples : 0, coverageShare: 1, stacks }} />
    </details>
  )
}
