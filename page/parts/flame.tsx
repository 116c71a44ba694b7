// A flame graph on a canvas: the caller above, its callees below, width by time. A click zooms, the search marks. The
// application's code is warm; packages, Node and native code are cooler. Beside it the same as a list, for those who read or hear.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Frame, Report } from '../../lib/types.js'
import { duration, functionOf, percent, placeOf } from '../words.js'

type Cpu = NonNullable<Report['evidence']['cpu']>

interface Node {
  /** Names it in the tree of the next data, too. */
  path: string
  frame: Frame
  ms: number
  selfMs: number
  depth: number
  startMs: number
  children: Map<string, Node>
}

const ROW = 20
const LEAST_PX = 1
const MAX_LISTED = 8

export function Flame({ cpu }: { cpu: Cpu }) {
  const root = useMemo(() => treeOf(cpu), [cpu])
  const nodes = useMemo(() => flat(root), [root])
  const [zoomedPath, zoom] = useState(root.path)
  const zoomed = nodes.find(({ path }) => path === zoomedPath) ?? root
  const [search, setSearch] = useState('')
  const [over, setOver] = useState<Node | undefined>()
  const canvas = useRef<HTMLCanvasElement>(null)
  const depth = Math.max(...nodes.map(node => node.depth)) + 1

  useEffect(() => {
    const element = canvas.current!
    const redraw = (): void => draw(element, nodes, zoomed, search.toLowerCase(), over)
    redraw()
    const resized = new ResizeObserver(redraw)
    resized.observe(element)
    addEventListener('theme', redraw)
    return () => {
      resized.disconnect()
      removeEventListener('theme', redraw)
    }
  }, [nodes, zoomed, search, over])

  const at = (event: MouseEvent): Node | undefined => {
    const { width } = canvas.current!.getBoundingClientRect()
    const row = Math.floor(event.offsetY / ROW)
    const ms = zoomed.startMs + (event.offsetX / width) * zoomed.ms
    return nodes.find(node => node.depth === row && ms >= node.startMs && ms < node.startMs + node.ms)
  }
  const matched = search ? share(root, nodes, search.toLowerCase()) : undefined
  return (
    <>
      <div class="filters">
        <input
          type="search"
          placeholder="Search functions and files  ( / )"
          aria-label="Search functions"
          value={search}
          onInput={event => setSearch(event.currentTarget.value)}
        />
        {matched !== undefined && <span class="dim">in {percent(matched)} of the samples</span>}
        {zoomed !== root && (
          <button type="button" class="chip" onClick={() => zoom(root.path)}>
            {functionOf(zoomed.frame)} <span class="dim">×</span>
          </button>
        )}
        <span class="dim right">{over ? `${labelOf(over.frame)}  ${duration(over.ms)}` : 'click to zoom'}</span>
      </div>
      <canvas
        ref={canvas}
        class="flame"
        style={{ height: `${depth * ROW}px` }}
        onMouseMove={event => setOver(at(event))}
        onMouseLeave={() => setOver(undefined)}
        onClick={event => zoom((at(event) ?? root).path)}
      />
      <table class="rows">
        <tbody>
          {hottest(nodes).map(({ frame, selfMs }) => (
            <tr>
              <td class="number lean">{duration(selfMs)}</td>
              <td class="number dim lean">{percent(selfMs / root.ms)}</td>
              <td>
                <code>
                  {functionOf(frame)} <span class="dim">{placeOf(frame)}</span>
                </code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

const part = (name: string): Frame => ({ function: name, file: '', line: 0, column: 0 })
const ALL = part('all')
const OWN = part('this request')
const OTHERS = part('other code, while it waited')
const PARTS = [ALL, OWN, OTHERS]
const labelOf = (frame: Frame): string =>
  PARTS.includes(frame) ? frame.function : `${functionOf(frame)}  ${placeOf(frame)}`
const node = (path: string, frame: Frame, depth: number): Node => ({
  path,
  frame,
  ms: 0,
  selfMs: 0,
  depth,
  startMs: 0,
  children: new Map()
})

/** The request's own code and what ran while it waited stand apart, where both did and the agent tells. */
function treeOf({ stacks }: Cpu): Node {
  const root = node('', ALL, 0)
  const own = stacks.map(({ ms, ownMs = ms }) => Math.min(ms, ownMs))
  const apart = own.some(ms => ms > 0) && stacks.some(({ ms }, i) => ms > own[i]!)
  for (const [i, { frames, ms }] of stacks.entries()) {
    const path = frames.toReversed()
    if (!apart) add(root, path, ms)
    else {
      add(root, [OWN, ...path], own[i]!)
      add(root, [OTHERS, ...path], ms - own[i]!)
    }
  }
  return root
}

const keyOf = (frame: Frame): string => `${frame.function}\n${frame.file}:${frame.line}`

function add(root: Node, path: Frame[], ms: number): void {
  if (ms <= 0) return
  let here = root
  here.ms += ms
  for (const frame of path) {
    const key = keyOf(frame)
    let child = here.children.get(key)
    if (!child) {
      child = node(`${here.path}\n${key}`, frame, here.depth + 1)
      here.children.set(key, child)
    }
    child.ms += ms
    here = child
  }
  here.selfMs += ms
}

function flat(root: Node): Node[] {
  const nodes: Node[] = [root]
  for (const parent of nodes) {
    let start = parent.startMs
    for (const child of [...parent.children.values()].sort((a, b) => b.ms - a.ms)) {
      child.startMs = start
      start += child.ms
      nodes.push(child)
    }
  }
  return nodes
}

const isMatch = ({ frame }: Node, search: string): boolean =>
  `${frame.function} ${frame.file}`.toLowerCase().includes(search)

/** Of the samples, those with a match anywhere in their stack. */
function share(root: Node, nodes: Node[], search: string): number {
  let [ms, until] = [0, 0]
  for (const { startMs, ms: width } of nodes
    .filter(each => isMatch(each, search))
    .sort((a, b) => a.startMs - b.startMs)) {
    ms += Math.max(0, startMs + width - Math.max(until, startMs))
    until = Math.max(until, startMs + width)
  }
  return root.ms > 0 ? ms / root.ms : 0
}

/** By function, whoever called it. */
function hottest(nodes: Node[]): { frame: Frame; selfMs: number }[] {
  const functions = new Map<string, { frame: Frame; selfMs: number }>()
  for (const { frame, selfMs } of nodes.filter(({ selfMs }) => selfMs > 0)) {
    const known = functions.get(keyOf(frame)) ?? { frame, selfMs: 0 }
    functions.set(keyOf(frame), { frame, selfMs: known.selfMs + selfMs })
  }
  return [...functions.values()].sort((a, b) => b.selfMs - a.selfMs).slice(0, MAX_LISTED)
}

function colorOf({ file }: Frame): string {
  if (file === '') return '#8195a5'
  if (file.startsWith('node:')) return '#8fae8b'
  return file.includes('node_modules') ? '#7fa3c7' : '#e8935a'
}

function draw(canvas: HTMLCanvasElement, nodes: Node[], zoomed: Node, search: string, over: Node | undefined): void {
  const scale = devicePixelRatio || 1
  const { width, height } = canvas.getBoundingClientRect()
  canvas.width = width * scale
  canvas.height = height * scale
  const context = canvas.getContext('2d')!
  context.scale(scale, scale)
  context.font = '12px ui-monospace, monospace'
  context.textBaseline = 'middle'
  for (const each of nodes) {
    const left = ((each.startMs - zoomed.startMs) / zoomed.ms) * width
    const wide = (each.ms / zoomed.ms) * width
    if (left + wide < 0 || left > width || wide < LEAST_PX) continue
    const [x, end] = [Math.max(0, left), Math.min(width, left + wide)]
    const dimmed = search !== '' && !isMatch(each, search)
    context.globalAlpha = dimmed ? 0.25 : each.depth === 0 ? 0.35 : each === over ? 1 : 0.85
    context.fillStyle = colorOf(each.frame)
    context.fillRect(x, each.depth * ROW, end - x - 1, ROW - 1)
    if (end - x < 24) continue
    context.save()
    context.beginPath()
    context.rect(x, each.depth * ROW, end - x - 4, ROW)
    context.clip()
    context.globalAlpha = dimmed ? 0.5 : 1
    context.fillStyle = '#1c1917'
    if (each.depth === 0) context.fillStyle = getComputedStyle(canvas).color
    context.fillText(labelOf(each.frame), x + 5, each.depth * ROW + ROW / 2)
    context.restore()
  }
}
