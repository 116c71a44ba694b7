// Whose code is whose where the application itself was installed as a package, as `npx` and `npm install --global` do. Pure.
//
// Its files lie in a folder node_modules, like those of the packages that it uses. So they get the path that is shown of them, which begins
// below or with that folder: by it they count as the application's. That is done only where the request ran no other code of an
// application: the main file may be a framework's command, which has loaded the application from elsewhere.

import type { Evidence, Frame, Timeline } from '../types.js'
import { isApplication, relativeFrame } from './frames.js'

interface Seen {
  timeline: Timeline
  evidence: Evidence
}

/** `installed`: the application's folder; '' where it is in no folder node_modules. `root`: as paths are shown. */
export function withOwnFrames(seen: Seen, installed: string, root: string): Seen {
  if (installed === '') return seen
  let hasOther = false
  const own = changed(seen, stack => {
    hasOther ||= stack.some(isApplication)
    return stack.map(frame => (isInside(frame, installed) ? relativeFrame(frame, root) : frame))
  })
  return hasOther ? seen : own
}

/** Not in what the application has installed itself. */
function isInside({ file }: Frame, folder: string): boolean {
  const path = file.startsWith(folder) ? file.slice(folder.length) : ''
  return /^[\\/]/.test(path) && !/[\\/]node_modules[\\/]/.test(path)
}

function changed({ timeline, evidence }: Seen, change: (stack: Frame[]) => Frame[]): Seen {
  const { cpu, blocks } = evidence
  return {
    timeline: {
      ...timeline,
      operations: timeline.operations.map(({ pool, ...operation }) => ({
        ...operation,
        pool: pool && {
          ...pool,
          holders: pool.holders.map(({ takenAt, ...holder }) => ({
            ...holder,
            takenAt: Array.isArray(takenAt) ? change(takenAt) : takenAt
          }))
        }
      }))
    },
    evidence: {
      ...evidence,
      cpu: cpu && { ...cpu, stacks: cpu.stacks.map(change) },
      blocks: blocks.map(block => ({
        ...block,
        probes: block.probes.map(probe => ({ ...probe, frames: change(probe.frames) }))
      }))
    }
  }
}
