// What `perfagent kernel` prints for a person. Pure.

import type { Report } from '../types.js'
import type { Finding } from './findings.js'
import { isJavaScript, ON_CPU, summary as onCpuSummary } from './on-cpu.js'
import { PROBES } from './probes/index.js'
import type { Lost } from './program.js'
import type { Seen, SlowRequest } from './session.js'
import { ms, plain, plural } from './words.js'

const MAX_FRAMES = 6

const NAMES_HINT =
  'JavaScript functions have no names here: start the service with node --perf-basic-prof (docs/kernel.md has what it costs)'

export const lostLine = ({ part, reason }: Lost): string => `not seen: ${part}: ${plain(reason)}`

export function requestText({ report, findings }: SlowRequest): string {
  const { method, route, path } = report.request
  const running = report.status === 'finished' ? '' : `  ${report.status}`
  return [
    plain(`${method} ${route || path}  ${ms(report.durationMs)} ms${running}  trace ${report.traceId}`),
    `  perfagent  ${plain(report.verdict.summary)}`,
    ...lines(detailOf(report, findings))
  ].join('\n')
}

/** What bears on the verdict comes first: the kernel's word on a wait for a peer, or on a wait for a CPU. */
export function detailOf(report: Report, findings: Finding[]): Finding[] {
  const about = ABOUT.find(([causes]) => causes.test(report.verdict.cause))?.[1] ?? []
  return [
    ...findings.filter(({ kind }) => about.includes(kind)),
    ...findings.filter(({ kind }) => !about.includes(kind))
  ]
}

const ABOUT: [causes: RegExp, kinds: Finding['kind'][]][] = [
  [/^(?:db|cache|http)\./, ['network', 'peer']],
  [/^cpu\.(?:contended|throttled)$/, ['cpu']]
]

export function seenText(seen: Seen): string {
  const head = `${plain(seen.processName(seen.pid, ''))} (pid ${seen.pid}), ${seen.seconds.toFixed(1)} s`
  return [
    head,
    ...(seen.dropped > 0 ? [`${plural(seen.dropped, 'record')} lost: there were more than could be kept`] : []),
    ...(seen.requests.length > 0
      ? seen.requests.flatMap(request => ['', requestText(request)])
      : ['', 'The agent told of no slow request. Of the whole time:', ...lines(seen.findings)]),
    ...PROBES.flatMap(({ name, summary }) => section(name, summary(seen))),
    ...section(ON_CPU, onCpuSummary(seen)),
    ...(seen.javascriptNamed ? [] : ['', NAMES_HINT])
  ].join('\n')
}

function lines(findings: Finding[]): string[] {
  if (findings.length === 0) return ['  kernel     nothing that would explain it']
  return findings.flatMap(({ sentence, stack = [] }) => [
    `  kernel     ${plain(sentence)}`,
    ...telling(stack).map(frame => `               at ${plain(frame)}`)
  ])
}

/** JavaScript where it has names, else what Node and libuv were asked to do. */
function telling(stack: string[]): string[] {
  const javascript = stack.filter(isJavaScript)
  const native = stack.filter(frame => /^(?:node::|uv_)/.test(frame)).slice(0, 2)
  return [...native, ...javascript].slice(0, MAX_FRAMES)
}

const section = (name: string, text: string[]): string[] =>
  text.length === 0 ? [] : ['', name, ...text.map(line => `  ${plain(line)}`)]
