// The operations of a request, like ones folded: an N+1 is one line with its count.

import type { Report } from '../../lib/types.js'
import { count, duration } from '../words.js'

interface Folded {
  name: string
  text: string
  target: string
  count: number
  totalMs: number
  maxMs: number
  errors: number
}

const MAX_LINES = 100

export function Statements({ report }: { report: Report }) {
  const folded = fold(report)
  const repeated = report.verdict.cause.endsWith('n_plus_one')
  return (
    <>
      <table class="rows">
        <thead>
          <tr>
            <th>Operation</th>
            <th>Target</th>
            <th class="number">Times</th>
            <th class="number">Sum</th>
            <th class="number">Mean</th>
            <th class="number">Longest</th>
          </tr>
        </thead>
        <tbody>
          {folded.slice(0, MAX_LINES).map((line, i) => (
            <tr>
              <td>
                <b>{line.name}</b> {repeated && i === 0 && line.count > 1 && <span class="badge">N+1</span>}
                {line.errors > 0 && <span class="bad"> {count(line.errors)} failed</span>}
                {line.text !== line.name && (
                  <div class="statement dim" title={line.text}>
                    {line.text}
                  </div>
                )}
              </td>
              <td class="dim">{line.target}</td>
              <td class="number">{count(line.count)}</td>
              <td class="number">{duration(line.totalMs)}</td>
              <td class="number">{duration(line.totalMs / line.count)}</td>
              <td class="number">{duration(line.maxMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {report.dropped.operations > 0 && (
        <p class="dim small">{count(report.dropped.operations)} further operations are counted, not listed.</p>
      )}
    </>
  )
}

function fold({ operations, durationMs: wholeMs }: Report): Folded[] {
  const lines = new Map<string, Folded>()
  for (const { kind, name, text, target, count, startMs, durationMs, error } of operations) {
    const key = `${kind}\n${target}\n${name}\n${text}`
    const ms = durationMs ?? wholeMs - startMs
    let line = lines.get(key)
    if (!line) {
      line = { name, text, target, count: 0, totalMs: 0, maxMs: 0, errors: 0 }
      lines.set(key, line)
    }
    line.count += count
    line.totalMs += ms
    line.maxMs = Math.max(line.maxMs, count > 1 ? ms / count : ms)
    if (error !== null) line.errors++
  }
  return [...lines.values()].sort((a, b) => b.totalMs - a.totalMs)
}
