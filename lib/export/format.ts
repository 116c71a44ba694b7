// A report as a person reads it in a terminal: what was slow, why, where the time went, what to look at. Pure.

import { styleText } from 'node:util'
import { failedToServe } from '../process/http-status.js'
import type { Report, ReportOperation } from '../types.js'
import { duration, percent } from '../verdict/words.js'

const BAR_CHARS = 48
/** A cause below this share of the time is not worth a name. */
const LEAST_SHARE = 0.02
const MAX_OPERATIONS = 3
/** Of one text; a statement or a stack can be long. */
const MAX_TEXT_CHARS = 300
/** Of what is ours, and names others in pieces that were cut before; a sentence that ends in the middle says nothing. */
const MAX_SENTENCE_CHARS = 2000

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

/** One for each cause of the bar, the largest first; told apart by the character too, for those who see no colours. */
const FILLS: { char: string; style: Style }[] = [
  { char: '█', style: 'red' },
  { char: '▓', style: 'yellow' },
  { char: '▒', style: 'cyan' },
  { char: '░', style: 'magenta' }
]
const REST = { char: '·', style: 'gray' as Style }

export function format(report: Report, { colors }: { colors: boolean }): string {
  // The stream is not looked at: who calls knows where the text goes, and a worker's process.stdout does not.
  const paint: Paint = (style, text) => (colors ? styleText(style, text, { validateStream: false }) : text)
  return [
    headline(report, paint),
    ...verdict(report, paint),
    ...breakdown(report, paint),
    ...operations(report, paint),
    ...where(report, paint)
  ].join('\n')
}

function headline({ request, thread, durationMs, status }: Report, paint: Paint): string {
  const parts = [
    paint('bold', plain(`${request.method} ${request.route}`)),
    paint(['bold', 'red'], duration(durationMs)),
    status === 'finished' ? '' : paint('yellow', status === 'running' ? 'still running' : plain(status)),
    request.statusCode === null
      ? ''
      : paint(failedToServe(request.statusCode) ? 'red' : 'gray', String(request.statusCode)),
    thread ? paint('gray', plain(`worker thread ${thread.name || thread.id}`)) : ''
  ]
  return parts.filter(Boolean).join('  ')
}

function verdict({ verdict: { summary, cause, confidence }, news }: Report, paint: Paint): string[] {
  return [
    `  ${plain(summary, MAX_SENTENCE_CHARS)}`,
    paint('gray', `  ${plain(`${cause}, ${confidence}`)}`),
    ...novelty(news, paint)
  ]
}

function novelty(news: Report['news'], paint: Paint): string[] {
  if (!news) return []
  const before = news.usual.length > 0 ? `, where it was ${news.usual.join(', ')}` : ', where this route was never slow'
  return [paint('yellow', plain(`  New since ${news.since}${before}.`))]
}

function breakdown({ breakdown: slices }: Report, paint: Paint): string[] {
  const named = slices.filter(({ share }) => share >= LEAST_SHARE).sort((a, b) => b.share - a.share)
  if (named.length === 0) return []
  const fillOf = (i: number): { char: string; style: Style } => FILLS[i] ?? REST
  const bar: string[] = []
  let room = BAR_CHARS
  for (const [i, { share }] of named.entries()) {
    const chars = Math.min(room, Math.max(1, Math.round(share * BAR_CHARS)))
    const { char, style } = fillOf(i)
    bar.push(paint(style, char.repeat(chars)))
    room -= chars
  }
  const legend = named.map(({ cause, share }, i) => {
    const { char, style } = fillOf(i)
    return `${paint(style, char)} ${plain(cause)} ${percent(share)}`
  })
  return [`  ${bar.join('')}${paint('gray', REST.char.repeat(room))}`, `  ${legend.join('   ')}`]
}

function operations({ operations: all, durationMs, dropped }: Report, paint: Paint): string[] {
  const timeOf = (operation: ReportOperation): number => operation.durationMs ?? durationMs - operation.startMs
  const alike = new Map<string, { first: ReportOperation; count: number; ms: number }>()
  for (const operation of all) {
    const key = `${operation.kind} ${operation.target} ${operation.name}`
    const known = alike.get(key) ?? { first: operation, count: 0, ms: 0 }
    known.count += operation.count
    known.ms += timeOf(operation)
    alike.set(key, known)
  }
  const top = [...alike.values()].sort((a, b) => b.ms - a.ms).slice(0, MAX_OPERATIONS)
  const lines = top.map(({ first, count, ms }) => {
    const times = count > 1 ? ` (${count} ×)` : ''
    const error = first.error ? paint('red', `  ${plain(first.error)}`) : ''
    const target = first.target && !first.name.includes(first.target) ? paint('gray', `  ${plain(first.target)}`) : ''
    return `  ${duration(ms).padStart(7)}  ${plain(first.name)}${times}${target}${error}`
  })
  // The sentence counts all of them.
  if (dropped.operations === 0) return lines
  return [...lines, paint('gray', `           counted in the ${all.length} longest operations`)]
}

function where({ verdict: { culprit, advice } }: Report, paint: Paint): string[] {
  const lines: string[] = []
  const frame = culprit?.frame
  if (frame) lines.push(`  at ${plain(frame.function || '(anonymous)')} ${paint('cyan', plain(placeOf(frame)))}`)
  if (culprit?.route) lines.push(`  by ${plain(culprit.route)}`)
  if (culprit?.statement) lines.push(paint('gray', `  ${plain(culprit.statement)}`))
  if (advice) lines.push(`  ${paint('green', '→')} ${plain(advice, MAX_SENTENCE_CHARS)}`)
  return lines
}

const placeOf = ({ file, line, column }: { file: string; line: number; column: number }): string =>
  file ? `${file}:${line}:${column}` : '(native)'

/** One line, cut, and nothing in it that a terminal would obey. */
function plain(text: string, maxChars = MAX_TEXT_CHARS): string {
  const line = text.replace(/[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ')
  return line.length > maxChars ? `${line.slice(0, maxChars)}…` : line
}
