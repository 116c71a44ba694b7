// A report's CPU samples in the forms that people open: gzip pprof and `.cpuprofile`; and as files beside the reports. Agent thread.

import { mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { toCpuProfile } from '../otlp/cpuprofile.js'
import { toPprof } from '../otlp/pprof.js'
import type { Report } from '../types.js'

/** Of the newest reports. */
const MAX_FILES = 200
const OURS = /\.(?:pb\.gz|cpuprofile)$/

/** Undefined when nothing was sampled. */
export function pprofOf({ evidence: { cpu }, at, durationMs, traceId, spanId }: Report): Buffer | undefined {
  if (!cpu || cpu.stacks.length === 0) return undefined
  return gzipSync(toPprof(cpu, Date.parse(at), durationMs, { traceId, spanId }))
}

export function writeProfiles(folder: string, report: Report, forms: readonly string[]): void {
  const { cpu } = report.evidence
  const pprof = pprofOf(report)
  if (!cpu || !pprof) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // An id is ours, but may have come through a spool: no path is made of anything else.
  const name = `${report.at.replace(/[^\dTZ]/g, '')}-${report.id.replace(/[^\w-]/g, '')}`
  if (forms.includes('pprof')) writeFileSync(join(folder, `${name}.pb.gz`), pprof, { mode: 0o600 })
  if (forms.includes('cpuprofile')) {
    const profile = JSON.stringify(toCpuProfile(cpu, report.durationMs))
    writeFileSync(join(folder, `${name}.cpuprofile`), profile, { mode: 0o600 })
  }
  const files = readdirSync(folder)
    .filter(file => OURS.test(file))
    .sort()
  for (const file of files.slice(0, Math.max(0, files.length - MAX_FILES))) unlinkSync(join(folder, file))
}
