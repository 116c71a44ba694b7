// Reads what `bpftrace -f json` writes: one JSON document a line, so that a file's name with a tab or a line feed in it cannot
// pass for something else. Pure.
//
//   {"type": "printf", "data": "call\t4711\t…"}                          one event
//   {"type": "stats",  "data": {"@calls": {"4711,0": {"count": 3, "average": 5, "total": 15}}}}
//   {"type": "hist",   "data": {"@queue": [{"min": 2, "max": 3, "count": 7}]}}

import type { Bucket, Counted } from './events.js'

export type Line =
  | { type: 'record'; fields: string[] }
  | { type: 'calls'; calls: Counted['calls'] }
  | { type: 'histogram'; name: string; buckets: Bucket[] }
  | { type: 'lost'; count: number }

const NS_PER_MS = 1e6

export const nsToMs = (ns: string | undefined): number => Number(ns) / NS_PER_MS

/** Undefined for what is none of these. */
export function readLine(text: string): Line | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return lineOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function lineOf({ type, data }: { type: unknown; data: unknown }): Line | undefined {
  switch (type) {
    case 'printf':
      return typeof data === 'string' ? { type: 'record', fields: data.split('\t') } : undefined
    case 'stats':
      return { type: 'calls', calls: readCalls(data) }
    case 'hist':
      return readHistogram(data)
    case 'lost_events':
      return { type: 'lost', count: Number((data as { events: unknown }).events) || 0 }
    default:
      return undefined
  }
}

function readCalls(data: unknown): Counted['calls'] {
  const map = (data as Record<string, Record<string, { count: number; total: number }>>)['@calls'] ?? {}
  return Object.entries(map).map(([key, { count, total }]) => {
    const [tid, call] = key.split(',')
    return { tid: Number(tid), call: Number(call), count, ms: total / NS_PER_MS }
  })
}

function readHistogram(data: unknown): Line | undefined {
  const [entry] = Object.entries(data as Record<string, { min?: number; max?: number; count: number }[]>)
  if (!entry || !Array.isArray(entry[1])) return undefined
  const [name, buckets] = entry
  return {
    type: 'histogram',
    name: name.slice(1),
    buckets: buckets.map(({ min = 0, max = min, count }) => ({ fromUs: min, toUs: max, count }))
  }
}

/**
 * A stack as bpftrace prints it with `perf` mode, leaf first: `\n\tffffffff816c5f46 anon_pipe_read+870\n\t18b1edc uv_fs_read+332
 * (/usr/bin/node)`. A frame without a name keeps its address, `0x7f55d10362ec`: it may be JavaScript (lib/kernel/perf-map.ts).
 */
export function readStack(text: string | undefined): string[] {
  return (text ?? '').split('\n').flatMap(line => {
    const [, address, rest = ''] = /^\s*([0-9a-f]+)(?: (.*))?$/.exec(line) ?? []
    if (address === undefined) return []
    return [functionName(rest) || `0x${address}`]
  })
}

/** `node::fs::Read(v8::FunctionCallbackInfo<v8::Value> const&)+1445 (/usr/bin/node)` is `node::fs::Read`. */
export function functionName(symbol: string): string {
  const name = symbol.replace(/ \((?:\/|\[)[^()]*\)$/, '').replace(/\+(?:0x[0-9a-f]+|\d+)$/, '')
  if (name === '[unknown]') return ''
  return JAVASCRIPT.test(name) ? name : withoutArguments(name)
}

const JAVASCRIPT = /^(?:JS|LazyCompile|Function|Script|Eval|RegExp|Builtin|Stub):/

/** Cut at the bracket of its arguments, which is not that of `(anonymous namespace)` or of a template. */
function withoutArguments(name: string): string {
  let depth = 0
  for (let i = 0; i < name.length; i++) {
    const char = name[i]
    if (char === '<') depth++
    if (char === '>') depth--
    if (char === '(' && depth === 0 && i > 0 && !name.startsWith('(anonymous', i)) return name.slice(0, i)
  }
  return name
}
