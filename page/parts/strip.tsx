// What happened when, on a request's own axis of time.

import { duration } from '../words.js'

interface StripPart {
  startMs: number
  durationMs: number
  title: string
}

export function Strip({ wholeMs, parts }: { wholeMs: number; parts: StripPart[] }) {
  if (parts.length === 0) return null
  return (
    <div class="strip">
      {parts.map(({ startMs, durationMs, title }) => {
        const start = Math.max(0, startMs)
        const end = Math.min(wholeMs, startMs + durationMs)
        return (
          <i
            title={`${title}\n${duration(durationMs)} from ${duration(start)}`}
            style={{ left: `${(start / wholeMs) * 100}%`, width: `max(2px, ${((end - start) / wholeMs) * 100}%)` }}
          />
        )
      })}
    </div>
  )
}
