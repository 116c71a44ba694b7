// The format of a spool file. Pure. One process writes it, by appending; whoever reads it later takes what is whole.
//
//   file     "PERFSPL1"  record*
//   record   u32 length of the content   u32 CRC-32 of type and content   u8 type   content         (little-endian)
//   type 1   a report: u8 number of destinations, { u8 length, name }*, the report's JSON
//   type 2   it is settled at one of them (delivered, refused, or given up): u8 length, name, the report's id
//
// A report is live until it is settled at each of its destinations. A process that dies while it writes leaves a torn record:
// its length points beyond the end, or its sum is wrong. Reading ends there. Nothing can follow a torn record, since a write that
// failed is cut off before the next one (spool.ts).

import { crc32 } from 'node:zlib'

export const MAGIC = Buffer.from('PERFSPL1')
const HEAD_BYTES = 9
const REPORT = 1
const SETTLED = 2

export interface Live {
  id: string
  json: Buffer
  durationMs: number
  /** Where it has not been settled. */
  destinations: Set<string>
}

export const reportRecord = (json: Buffer, destinations: Iterable<string>): Buffer => {
  const names = [...destinations]
  return record(REPORT, Buffer.from([names.length]), ...names.map(text), json)
}

export const settledRecord = (id: string, destination: string): Buffer =>
  record(SETTLED, text(destination), Buffer.from(id))

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

function record(type: number, ...content: Buffer[]): Buffer {
  const whole = Buffer.concat([Buffer.alloc(HEAD_BYTES), ...content])
  whole[HEAD_BYTES - 1] = type
  whole.writeUInt32LE(whole.length - HEAD_BYTES, 0)
  whole.writeUInt32LE(crc32(whole.subarray(HEAD_BYTES - 1)), 4)
  return whole
}

/** The live reports of a file, oldest first. */
export function readSpool(file: Buffer): Live[] {
  const live = new Map<string, Live>()
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return []
  for (const { type, content } of recordsOf(file)) {
    if (type === REPORT) {
      const report = readReport(content)
      if (report) live.set(report.id, report)
    } else if (type === SETTLED) {
      const [destination, rest] = readText(content)
      const report = live.get(rest.toString())
      report?.destinations.delete(destination)
      if (report?.destinations.size === 0) live.delete(report.id)
    }
  }
  return [...live.values()]
}

function* recordsOf(file: Buffer): Generator<{ type: number; content: Buffer }> {
  for (let at = MAGIC.length; at + HEAD_BYTES <= file.length; ) {
    const length = file.readUInt32LE(at)
    const end = at + HEAD_BYTES + length
    if (end > file.length) return
    if (crc32(file.subarray(at + HEAD_BYTES - 1, end)) !== file.readUInt32LE(at + 4)) return
    yield { type: file[at + HEAD_BYTES - 1]!, content: file.subarray(at + HEAD_BYTES, end) }
    at = end
  }
}

function readReport(content: Buffer): Live | undefined {
  const destinations = new Set<string>()
  let rest = content.subarray(1)
  for (let i = 0; i < content[0]!; i++) {
    const [name, after] = readText(rest)
    destinations.add(name)
    rest = after
  }
  try {
    const { id, durationMs } = JSON.parse(rest.toString())
    if (typeof id !== 'string' || typeof durationMs !== 'number') return undefined
    // A copy: else one live report would keep the whole file in memory.
    const json = Buffer.allocUnsafeSlow(rest.length)
    rest.copy(json)
    return { id, json, durationMs, destinations }
  } catch {
    return undefined
  }
}

const readText = (from: Buffer): [text: string, rest: Buffer] => {
  const end = 1 + (from[0] ?? 0)
  return [from.subarray(1, end).toString(), from.subarray(end)]
}
