// Slow requests as points: when, how long (logarithmic), and why by colour. A dragged area becomes a filter, a point opens its
// request. Axes, scales and selection are uPlot's.

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { RequestsView } from '../../lib/console/views/requests.js'
import { filter, go } from '../address.js'
import { clock, colorOf, duration } from '../words.js'

const HEIGHT = 300
const POINT = 6
/** How far from a point the pointer may be. */
const REACH = 12
const LEAST_DRAG = 6

export function Scatter({ view }: { view: RequestsView }) {
  const place = useRef<HTMLDivElement>(null)
  const tip = useRef<HTMLDivElement>(null)
  const latest = useRef(view)
  latest.current = view
  const causes = view.causes.join()

  useEffect(() => {
    const element = place.current!
    const plot = create(element, tip.current!, () => latest.current)
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    const redraw = (): void => plot.redraw(false, true)
    addEventListener('theme', redraw)
    return () => {
      removeEventListener('theme', redraw)
      resized.disconnect()
      plot.destroy()
    }
    // A cause is a series, and uPlot's series are fixed.
  }, [causes])
  useEffect(() => {
    const plot = plots.get(place.current!)
    plot?.setData(dataOf(view))
  }, [view])

  return (
    <div class="scatter" ref={place}>
      <div class="tip" ref={tip} hidden />
    </div>
  )
}

const plots = new WeakMap<Element, uPlot>()

function dataOf({ points, causes }: RequestsView): uPlot.AlignedData {
  const column = (cause: number): (number | null)[] => points.ms.map((ms, i) => (points.cause[i] === cause ? ms : null))
  return [points.at.map(at => at / 1000), ...causes.map((_, cause) => column(cause))]
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name)

function create(place: HTMLElement, tip: HTMLElement, view: () => RequestsView): uPlot {
  const axis: uPlot.Axis = {
    stroke: () => css('--dim'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: () => css('--line'), width: 1 },
    ticks: { show: false }
  }
  let near = -1
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: true, y: true, setScale: false }, points: { show: false }, x: false, y: false },
      scales: {
        x: { time: true, range: (_, min, max) => padded(min, max) },
        y: { distr: 3, range: (_, min, max) => [Math.max(1, (min || 100) * 0.7), (max || 1000) * 1.4] }
      },
      axes: [
        { ...axis, values: (_, values) => values.map(value => clock(value * 1000)), space: 90 },
        {
          ...axis,
          size: 60,
          splits: (_, _axis, min, max) => steps(min, max),
          filter: (_, splits) => splits,
          values: (_, values) => values.map(value => (value ? duration(value) : ''))
        }
      ],
      series: [
        {},
        ...view().causes.map(cause => ({
          label: cause,
          paths: () => null,
          points: { show: true, size: POINT, fill: colorOf(cause), stroke: colorOf(cause), width: 0 }
        }))
      ],
      hooks: {
        setSelect: [self => select(self)],
        setCursor: [
          self => {
            near = nearest(self, view())
            point(self, tip, view(), near)
          }
        ]
      }
    },
    dataOf(view()),
    place
  )
  plots.set(place, plot)
  let downAt = [0, 0]
  plot.over.addEventListener('mousedown', event => {
    downAt = [event.clientX, event.clientY]
  })
  plot.over.addEventListener('click', event => {
    const dragged = Math.hypot(event.clientX - downAt[0]!, event.clientY - downAt[1]!) > LEAST_DRAG
    if (near >= 0 && !dragged) go(`/requests/${view().points.key[near]}`)
  })
  return plot
}

/** 1, 2, 5, 10, 20, 50 …: uPlot's own steps of a logarithm start at its lower end, which is no round number. */
function steps(min: number, max: number): number[] {
  const all = Array.from({ length: 8 }, (_, power) => [1, 2, 5].map(digit => digit * 10 ** power)).flat()
  return all.filter(step => step >= min && step <= max)
}

function padded(min: number | null, max: number | null): [number, number] {
  const [from, to] = [min ?? Date.now() / 1000 - 60, max ?? Date.now() / 1000]
  const pad = Math.max(2, (to - from) * 0.03)
  return [from - pad, to + pad]
}

function select(plot: uPlot): void {
  const { left, top, width, height } = plot.select
  if (width < LEAST_DRAG && height < LEAST_DRAG) return
  const at = (x: number): number => Math.round(plot.posToVal(x, 'x') * 1000)
  const ms = (y: number): number => Math.round(plot.posToVal(y, 'y'))
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  filter({ from: at(left), to: at(left + width), min: ms(top + height), max: ms(top) })
}

function nearest(plot: uPlot, { points }: RequestsView): number {
  const { left = -1, top = -1 } = plot.cursor
  if (left < 0) return -1
  let [best, distance] = [-1, REACH]
  for (let i = 0; i < points.at.length; i++) {
    const x = plot.valToPos(points.at[i]! / 1000, 'x') - left
    if (Math.abs(x) > REACH) continue
    const away = Math.hypot(x, plot.valToPos(points.ms[i]!, 'y') - top)
    if (away < distance) [best, distance] = [i, away]
  }
  return best
}

function point(plot: uPlot, tip: HTMLElement, { points, causes }: RequestsView, i: number): void {
  tip.hidden = i < 0
  plot.over.style.cursor = i < 0 ? 'crosshair' : 'pointer'
  if (i < 0) return
  tip.textContent = `${points.name[i]}\n${duration(points.ms[i]!)}  ${causes[points.cause[i]!]}\n${clock(points.at[i]!)}`
  const left = plot.over.offsetLeft + plot.valToPos(points.at[i]! / 1000, 'x')
  tip.style.left = `${Math.min(left + 12, plot.width - 220)}px`
  tip.style.top = `${plot.over.offsetTop + plot.valToPos(points.ms[i]!, 'y') + 12}px`
}
