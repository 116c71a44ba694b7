// The proof under a verdict: operations, pool, event loop, CPU, kernel. What the cause is about comes first: of a request that
// waited, what it waited for; of one whose time went to code, who ran.

import type { KernelTold, Report, ReportOperation } from '../../lib/types.js'
import { Fact } from '../parts/fact.js'
import { Flame } from '../parts/flame.js'
import { KernelDetail } from '../parts/kernel.js'
import { Statements } from '../parts/statements.js'
import { Strip } from '../parts/strip.js'
import { counted, duration, functionOf, percent, placeOf } from '../words.js'

interface Part {
  report: Report
  kernel?: KernelTold | undefined
}

/** A pool wait that took less of the request is no part of its story. */
const WAIT_SHARE = 0.005
/** Less CPU than that explains nothing; the flame graph is there for who opens it. */
const CPU_SHARE = 0.1

export function Proof({ report, kernel }: Part) {
  const waited = /^(db|cache|http)\./.test(report.verdict.cause)
  const parts = waited ? [Pool, Operations, Loop, Cpu] : [Loop, Cpu, Operations, Pool]
  return (
    <>
      {[...parts, Kernel].map(Part => (
        <Part report={report} kernel={kernel} key={Part.name} />
      ))}
    </>
  )
}

function Operations({ report }: Part) {
  if (report.operations.length === 0) return null
  return (
    <section class="panel scroll">
      <h2>Operations</h2>
      <Statements report={report} />
    </section>
  )
}

function Pool({ report }: Part) {
  const waits = report.operations
    .filter(({ pool }) => pool !== null)
    .map(wait => ({ ...wait, durationMs: waitedMs(wait) }))
    .filter(({ durationMs }) => (durationMs ?? Infinity) >= report.durationMs * WAIT_SHARE)
  if (waits.length === 0) return null
  return (
    <section class="panel">
      <h2>Pool</h2>
      <Strip
        wholeMs={report.durationMs}
        parts={waits.map(({ startMs, durationMs, target }) => ({
          startMs,
          durationMs: durationMs ?? report.durationMs - startMs,
          title: target
        }))}
      />
      {waits.slice(0, 5).map(({ target, durationMs, pool }) => (
        <p>
          Waited {duration(durationMs ?? 0)} for {target || 'the pool'}: {pool!.inUse} of {pool!.size} in use,{' '}
          {pool!.waiting} others waiting
          {pool!.holders.length > 0 && '; held by '}
          {pool!.holders.map(({ route, traceId, heldMs }, i) => (
            <>
              {i > 0 && ', '}
              <a href={`/requests/${traceId}`}>{route}</a> <span class="dim">for {duration(heldMs)}</span>
            </>
          ))}
        </p>
      ))}
    </section>
  )
}

/** A call goes on when it has its socket. */
const waitedMs = ({ kind, durationMs, phases }: ReportOperation): number | null =>
  kind === 'pool' ? durationMs : (phases?.['socketMs'] ?? 0)

function Loop({ report }: Part) {
  const { blocks, loop, gc } = report.evidence
  if (blocks.length === 0 && !loop) return null
  return (
    <section class="panel">
      <h2>
        Event loop
        {loop && (
          <small class="dim">
            longest delay {duration(loop.delayMaxMs)}, busy {percent(loop.utilizationShare)}
            {gc.count > 0 && `, ${gc.count} collections in ${duration(gc.totalMs)}`}
          </small>
        )}
      </h2>
      <Strip
        wholeMs={report.durationMs}
        parts={blocks.map(({ startMs, durationMs, route }) => ({
          startMs,
          durationMs,
          title: route ?? 'no request'
        }))}
      />
      <table class="rows">
        <tbody>
          {blocks.slice(0, 20).map(({ startMs, durationMs, route, traceId, frame, probes }) => (
            <tr>
              <td class="number lean">{duration(durationMs)}</td>
              <td class="dim lean nowrap">from {duration(Math.max(0, startMs))}</td>
              <td>
                {route === null ? (
                  <span class="dim">{probes > 0 ? 'code outside any request' : 'nobody was seen'}</span>
                ) : traceId ? (
                  <a href={`/requests/${traceId}`}>{route}</a>
                ) : (
                  route
                )}
              </td>
              <td>{frame && <code>{`${functionOf(frame)} ${placeOf(frame)}`}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Cpu({
  report: {
    evidence: { cpu },
    durationMs
  }
}: Part) {
  if (!cpu || cpu.samples === 0) return null
  return (
    <details class="panel" open={busyMs(cpu) >= durationMs * CPU_SHARE}>
      <summary>
        <b>CPU</b>
        <small class="dim">
          {counted(cpu.samples, 'sample')}, one each {duration(cpu.intervalMs)}, over {percent(cpu.coverageShare)} of
          the time
        </small>
      </summary>
      <Flame cpu={cpu} />
    </details>
  )
}

const busyMs = ({ stacks }: NonNullable<Report['evidence']['cpu']>): number =>
  stacks.reduce((sum, { ms }) => sum + ms, 0)

function Kernel({ report, kernel: told }: Part) {
  const { kernel } = report.evidence
  if (!kernel && !told) return null
  return (
    <section class="panel">
      <h2>Kernel</h2>
      {kernel && (
        <dl class="facts">
          {Object.entries(kernel).map(([name, value]) => (
            <Fact name={spaced(name)}>{typeof value === 'number' ? said(name, value) : JSON.stringify(value)}</Fact>
          ))}
        </dl>
      )}
      {told && <KernelDetail told={told} wholeMs={report.durationMs} />}
    </section>
  )
}

const spaced = (name: string): string =>
  name.replace(/(Ms|Share|Bytes)$/, '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
const said = (name: string, value: number): string =>
  name.endsWith('Ms') ? duration(value) : name.endsWith('Share') ? percent(value) : String(value)
