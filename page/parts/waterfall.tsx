// The spans of a trace on one axis of time, services told apart by the colour of their edge. What the trace was waiting for is
// solid. Like spans that follow each other are folded into one row, which opens.

import { useState } from 'preact/hooks'
import type { OneView, ShownSpan } from '../../lib/console/views/one.js'
import { duration } from '../words.js'

const FOLD_FROM = 5
const TICKS = [0, 0.25, 0.5, 0.75, 1]
const HUES = ['#3b6fd4', '#d9480f', '#0f9a8c', '#8a5bd1', '#b8860b', '#c92a2a', '#5c7080', '#d6336c']

interface Row {
  span: ShownSpan
  /** More than one when folded. */
  spans: ShownSpan[]
}

export function Waterfall({ view: { spans, report } }: { view: OneView }) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const wholeMs = Math.max(0.1, ...spans.map(({ startMs, durationMs }) => startMs + durationMs))
  const services = [...new Set(spans.map(({ service }) => service))]
  const rows = fold(spans, opened)
  return (
    <div class="waterfall">
      <div class="axis">
        <span>
          {services.map((service, i) => (
            <i style={{ color: HUES[i % HUES.length] }}>{service}</i>
          ))}
        </span>
        <span class="ticks">
          {TICKS.map(tick => (
            <i style={{ left: `${tick * 100}%` }}>{duration(wholeMs * tick)}</i>
          ))}
        </span>
      </div>
      {rows.map(({ span, spans: folded }) => (
        <Line
          key={span.id}
          span={span}
          folded={folded}
          wholeMs={wholeMs}
          hue={HUES[services.indexOf(span.service) % HUES.length]!}
          here={span.id === report?.spanId}
          open={() => setOpened(new Set([...opened, span.id]))}
        />
      ))}
    </div>
  )
}

interface LineProps {
  span: ShownSpan
  folded: ShownSpan[]
  wholeMs: number
  hue: string
  here: boolean
  open: () => void
}

function Line({ span, folded, wholeMs, hue, here, open }: LineProps) {
  const many = folded.length > 1
  const sumMs = folded.reduce((sum, { durationMs }) => sum + durationMs, 0)
  const name = many ? `${folded.length} × ${span.name}` : span.name
  const title = [name, ...Object.entries(span.attributes).map(([name, value]) => `${name}: ${value}`)]
  return (
    <div class={here ? 'line here' : 'line'} title={title.slice(0, 25).join('\n').slice(0, 2000)}>
      <span class="name" style={{ paddingLeft: `${Math.min(20, span.depth) * 14 + 8}px`, borderLeftColor: hue }}>
        {many ? (
          <button type="button" class="quiet" onClick={open}>
            ▸ {name}
          </button>
        ) : span.reportKey && !here ? (
          <a href={`/requests/${span.reportKey}`}>{name}</a>
        ) : (
          <span class={span.failed ? 'bad' : ''}>{name}</span>
        )}
      </span>
      <span class="track">
        {folded.map(({ startMs, durationMs, criticalMs }) => (
          <i
            class={criticalMs > 0 ? 'critical' : ''}
            style={{
              left: `${(startMs / wholeMs) * 100}%`,
              width: `max(1px, ${(durationMs / wholeMs) * 100}%)`,
              background: hue
            }}
          />
        ))}
        <em style={labelPlace((span.startMs / wholeMs) * 100, ((lastEnd(folded) - span.startMs) / wholeMs) * 100)}>
          {duration(many ? sumMs : span.durationMs)}
        </em>
      </span>
    </div>
  )
}

const lastEnd = (spans: ShownSpan[]): number => {
  const last = spans.at(-1)!
  return last.startMs + last.durationMs
}

/** Behind the bar, or before it where there is no room. */
const labelPlace = (left: number, width: number): Record<string, string> =>
  left + width < 90 ? { left: `${left + width}%` } : { right: `${100 - left}%` }

function fold(spans: ShownSpan[], opened: ReadonlySet<string>): Row[] {
  const rows: Row[] = []
  const parents = new Set(spans.map(({ parentId }) => parentId))
  for (let i = 0; i < spans.length; ) {
    const span = spans[i]!
    let end = i + 1
    while (end < spans.length && isLike(spans[end]!, span) && !parents.has(spans[end]!.id)) end++
    if (end - i >= FOLD_FROM && !parents.has(span.id) && !opened.has(span.id))
      rows.push({ span, spans: spans.slice(i, end) })
    else for (const each of spans.slice(i, end)) rows.push({ span: each, spans: [each] })
    i = end
  }
  return rows
}

const isLike = (a: ShownSpan, b: ShownSpan): boolean =>
  a.name === b.name && a.depth === b.depth && a.parentId === b.parentId && a.service === b.service
