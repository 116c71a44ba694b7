// The map of services: who calls whom, how often and how fast, and how far each one's resources are used. Layers are dagre's.

import { Graph, layout } from '@dagrejs/dagre'
import { useMemo } from 'preact/hooks'
import type { Demand } from '../../lib/fleet/answers.js'
import type { CallSums, ServiceSums, Sums } from '../../lib/fleet/sums.js'
import { link } from '../address.js'
import { count, duration, percent, rate } from '../words.js'

const SERVICE = { width: 210, height: 74 }
/** Bars of a service, one for each of the resources that are used most. */
const MAX_BARS = 4
const BAR_HEIGHT = 16
const PEER = { width: 130, height: 34 }
/** Smaller, nobody reads it: then it scrolls. */
const LEAST_SCALE = 0.7
/** An arrow is red when more calls fail. */
const FAILING_SHARE = 0.02
/** Beyond that a drawing says nothing; the list of findings does. */
const MAX_NODES = 60

interface Box {
  name: string
  service: ServiceSums | undefined
  x: number
  y: number
  width: number
  height: number
}
interface Arrow extends CallSums {
  points: { x: number; y: number }[]
  x: number
  y: number
}

export function ServiceMap({ sums, limit }: { sums: Sums; limit: Demand | undefined }) {
  const { boxes, arrows, width, height } = useMemo(() => place(sums), [sums])
  const seconds = secondsOf(sums)
  return (
    <div class="map">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        style={{ minWidth: `${width * LEAST_SCALE}px` }}
        role="img"
        aria-label="Map of services"
      >
        <title>Services and their calls</title>
        <defs>
          <marker
            id="tip"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M0 0 L8 4 L0 8 z" class="tip-shape" />
          </marker>
        </defs>
        {arrows.map(arrow => (
          <g class={arrow.failed > arrow.requests * FAILING_SHARE ? 'arrow failing' : 'arrow'}>
            <path d={pathOf(arrow.points)} marker-end="url(#tip)" />
            <text x={arrow.x} y={arrow.y}>
              {rateOf(arrow, seconds)}, {duration(arrow.p50Ms ?? meanOf(arrow))}
              <title>{titleOf(arrow)}</title>
            </text>
          </g>
        ))}
        {boxes.map(box =>
          box.service ? (
            <Service box={box} service={box.service} seconds={seconds} limits={limit?.service === box.name} />
          ) : (
            <g class="peer" transform={`translate(${box.x - box.width / 2},${box.y - box.height / 2})`}>
              <rect width={box.width} height={box.height} rx={box.height / 2} />
              <text x={box.width / 2} y={box.height / 2 + 4}>
                {short(box.name, 18)}
                <title>{box.name}</title>
              </text>
            </g>
          )
        )}
      </svg>
    </div>
  )
}

const secondsOf = ({ fromMs, toMs }: Sums): number => (toMs - fromMs) / 1000

/** Of slow requests alone no rate is known. */
const rateOf = ({ requests, sampled }: CallSums, seconds: number): string =>
  sampled ? `${count(requests)} seen` : `${rate(requests / seconds)}/s`

const meanOf = ({ seconds, requests }: CallSums): number => (seconds / requests) * 1000

function titleOf(call: CallSums): string {
  const { from, to, requests, failed, p50Ms, p99Ms } = call
  const times =
    p50Ms === undefined || p99Ms === undefined
      ? `mean ${duration(meanOf(call))}`
      : `p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}`
  return `${from} → ${to}\n${count(requests)} calls, ${percent(failed / requests)} failed\n${times}`
}

function Service({
  box,
  service,
  seconds,
  limits
}: {
  box: Box
  service: ServiceSums
  seconds: number
  limits: boolean
}) {
  const { requests, failed, p50Ms, p99Ms, slowOnly } = service
  const means = requests > 0 ? `mean ${duration((service.seconds / requests) * 1000)}` : ''
  return (
    <g
      class={limits ? 'service limits' : 'service'}
      transform={`translate(${box.x - box.width / 2},${box.y - box.height / 2})`}
    >
      <a href={link('/requests', new URLSearchParams({ service: service.service }))}>
        <rect width={box.width} height={box.height} rx="6" />
        <text x="12" y="21" class="name">
          {short(service.service, 22)}
          <title>{service.service}</title>
        </text>
        {limits && (
          <text x={box.width - 12} y="21" class="mark">
            limits
          </text>
        )}
        <text x="12" y="42" class="dim">
          {slowOnly ? `${count(requests)} slow` : `${rate(requests / seconds)}/s`}
          {service.instances > 1 ? `, ${service.instances} instances` : ''}
          {failed > 0 ? `, ${percent(failed / requests)} failed` : ''}
        </text>
        <text x="12" y="60" class="dim">
          {p50Ms === undefined || p99Ms === undefined ? means : `p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}`}
        </text>
        {usedOf(service, seconds).map(({ resource, share }, i) => (
          <g transform={`translate(12,${SERVICE.height + 6 + i * BAR_HEIGHT})`}>
            <rect class="track" width="60" height="6" y="-6" rx="3" />
            <rect class={share > 0.7 ? 'used much' : 'used'} width={60 * Math.min(1, share)} height="6" y="-6" rx="3" />
            <text x="68" class="dim">
              {short(`${percent(share)} ${resource}`, 19)}
              <title>{`${percent(share)} ${resource}`}</title>
            </text>
          </g>
        ))}
      </a>
    </g>
  )
}

const usedOf = ({ resources }: ServiceSums, seconds: number): { resource: string; share: number }[] =>
  resources
    .filter(({ capacity }) => capacity > 0)
    .map(({ resource, busySeconds, capacity }) => ({ resource, share: busySeconds / (capacity * seconds) }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MAX_BARS)

function place(sums: Sums): { boxes: Box[]; arrows: Arrow[]; width: number; height: number } {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 120, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  const services = new Map(sums.services.map(service => [service.service, service]))
  for (const [name, service] of services) {
    const bars = usedOf(service, secondsOf(sums)).length
    graph.setNode(name, { ...SERVICE, height: SERVICE.height + bars * BAR_HEIGHT })
  }
  const calls = sums.calls.filter(({ from }) => services.has(from)).toSorted((a, b) => b.seconds - a.seconds)
  const drawn: CallSums[] = []
  for (const call of calls) {
    if (!graph.hasNode(call.to)) {
      if (graph.nodeCount() >= MAX_NODES) continue
      graph.setNode(call.to, { ...PEER })
    }
    graph.setEdge(call.from, call.to, { width: 90, height: 18, labelpos: 'c' })
    drawn.push(call)
  }
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return {
    boxes: graph.nodes().map((name: string) => {
      const { x, y, width, height } = graph.node(name) as Box
      return { name, service: services.get(name), x, y, width, height }
    }),
    arrows: drawn.map(call => ({ ...call, ...(graph.edge(call.from, call.to) as Pick<Arrow, 'points' | 'x' | 'y'>) })),
    width: Math.max(1, width),
    height: Math.max(1, height)
  }
}

/** Through the middles of its points: smooth, and inside what dagre left free. */
function pathOf(points: { x: number; y: number }[]): string {
  const [first, ...rest] = points
  if (!first) return ''
  const curves = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1]!
    const end = i === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 }
    return `Q${point.x} ${point.y} ${end.x} ${end.y}`
  })
  return `M${first.x} ${first.y} ${curves.length > 0 ? curves.join(' ') : rest.map(({ x, y }) => `L${x} ${y}`).join(' ')}`
}

const short = (text: string, chars: number): string => (text.length > chars ? `${text.slice(0, chars - 1)}…` : text)
