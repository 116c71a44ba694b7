// Time by cause as one bar, and what its colours mean.

import { colorOf, duration, percent } from '../words.js'

export interface Part {
  cause: string
  ms: number
  detail?: string
}

export function Bar({ parts, whole }: { parts: Part[]; whole?: number }) {
  const sum = whole ?? parts.reduce((all, { ms }) => all + ms, 0)
  return (
    <div class="bar">
      {parts
        .filter(({ ms }) => ms > 0)
        .map(({ cause, ms, detail }) => (
          <i
            style={{ width: `${(ms / sum) * 100}%`, background: colorOf(cause) }}
            title={`${cause} ${duration(ms)}, ${percent(ms / sum)}${detail ? `\n${detail}` : ''}`}
          />
        ))}
    </div>
  )
}

export function Cause({ cause }: { cause: string }) {
  return (
    <span class="cause">
      <i style={{ background: colorOf(cause) }} />
      {cause}
    </span>
  )
}
