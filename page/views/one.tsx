// One request: why it was slow, then the proof. Verdict, breakdown, the trace over all services, who held the loop, where the
// CPU time went, what was asked of databases, who held the pool, the kernel; and everything to take along.

import type { OneView } from '../../lib/console/views/one.js'
import type { Report } from '../../lib/types.js'
import { useView } from '../data.js'
import { Bar, Cause } from '../parts/bar.js'
import { Flame } from '../parts/flame.js'
import { Statements } from '../parts/statements.js'
import { Waterfall } from '../parts/waterfall.js'
import { clock, duration, percent, placeOf } from '../words.js'

export function One({ id }: { id: string }) {
  const { view, problem } = useView<OneView>(`/api/requests/${encodeURIComponent(id)}`)
  if (problem) return <p class="empty">{problem}</p>
  if (!view) return null
  const { report } = view
  return (
    <article class="one">
      {report ? <Head report={report} id={id} /> : <h1>Trace {id.slice(0, 32)}</h1>}
      <section class="panel">
        <h2>
          Trace
          <small class="dim">
            {view.spanCount} spans{view.spanCount > view.spans.length && `, ${view.spans.length} of them shown`}; the
            critical path is solid
          </small>
        </h2>
        <Waterfall view={view} />
      </section>
      {report && <Proof report={report} />}
      {view.others.length > 0 && (
        <section class="panel">
          <h2>Other slow requests of this trace</h2>
          <ul class="plain">
            {view.others.map(({ key, service, route, durationMs, cause }) => (
              <li>
                <a href={`/requests/${key}`} data-row>
                  {service} {route}
                </a>{' '}
                {duration(durationMs)} <Cause cause={cause} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {report && <Raw report={report} id={id} />}
    </article>
  )
}

/** Of a part of the request, to be named. */
const LEAST_SHARE = 0.005

const STATUS: Record<string, string> = { running: 'still running', aborted: 'aborted by the caller' }

function Head({ report, id }: { report: Report; id: string }) {
  const { request, service, verdict, breakdown, durationMs, thresholdMs, status, at, evidence } = report
  const { culprit } = verdict
  return (
    <section class="panel verdict">
      <div class="head">
        <h1>
          {request.method} {request.route}
        </h1>
        <span class="big">{duration(durationMs)}</span>
        <span class="dim">
          {service.name}
          {service.version && ` ${service.version}`}, {clock(Date.parse(at))}, {request.statusCode ?? 'no status'}
          {STATUS[status] && `, ${STATUS[status]}`}; slow from {duration(thresholdMs)}
        </span>
        <span class="right">
          <a href={`/api/requests/${id}.json`} download>
            JSON
          </a>
          {evidence.cpu && (
            <>
              <a href={`/api/requests/${id}.cpuprofile`} download>
                .cpuprofile
              </a>
              <a href={`/api/requests/${id}.pprof`} download>
                pprof
              </a>
            </>
          )}
        </span>
      </div>
      <p class="sentence">{verdict.summary}</p>
      {verdict.advice && <p class="advice">{verdict.advice}</p>}
      <dl class="facts">
        <Fact name="Cause">
          <Cause cause={verdict.cause} />{' '}
          <span class="dim">
            {verdict.confidence}, explains {percent(verdict.share)}
          </span>
        </Fact>
        {culprit?.frame && (
          <Fact name="Where">
            <code>
              {culprit.frame.function || '(anonymous)'} {placeOf(culprit.frame)}
            </code>
          </Fact>
        )}
        {culprit?.route && (
          <Fact name="By">
            {culprit.traceId ? <a href={`/requests/${culprit.traceId}`}>{culprit.route}</a> : culprit.route}
          </Fact>
        )}
        {culprit?.statement && (
          <Fact name="Statement">
            <code>{culprit.statement}</code>
          </Fact>
        )}
        {culprit?.target && <Fact name="Target">{culprit.target}</Fact>}
        {evidence.missing.length > 0 && <Fact name="Not known">{evidence.missing.join('; ')}</Fact>}
      </dl>
      <Bar parts={breakdown} whole={durationMs} />
      <ul class="legend">
        {breakdown
          .filter(({ share }) => share >= LEAST_SHARE)
          .map(({ cause, ms, share, detail }) => (
            <li>
              <Cause cause={cause} /> {duration(ms)} <span class="dim">{percent(share)}</span>
              {detail && <span class="dim"> {detail}</span>}
            </li>
          ))}
      </ul>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Proof({ report }: { report: Report }) {
  const { blocks, cpu, loop, gc, kernel } = report.evidence
  const waits = report.operations.filter(
    ({ pool, durationMs }) => pool !== null && (durationMs ?? Infinity) >= report.durationMs * LEAST_SHARE
  )
  return (
    <>
      {(blocks.length > 0 || loop) && (
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
                  <td>{frame && <code>{`${frame.function || '(anonymous)'} ${placeOf(frame)}`}</code>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {cpu && cpu.samples > 0 && (
        <section class="panel">
          <h2>
            CPU
            <small class="dim">
              {cpu.samples === 1 ? '1 sample' : `${cpu.samples} samples`}, one each {duration(cpu.intervalMs)}, over{' '}
              {percent(cpu.coverageShare)} of the time
            </small>
          </h2>
          <Flame cpu={cpu} />
        </section>
      )}
      {report.operations.length > 0 && (
        <section class="panel scroll">
          <h2>Operations</h2>
          <Statements report={report} />
        </section>
      )}
      {waits.length > 0 && (
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
      )}
      {kernel && (
        <section class="panel">
          <h2>Kernel</h2>
          <dl class="facts">
            {Object.entries(kernel).map(([name, value]) => (
              <Fact name={spaced(name)}>{typeof value === 'number' ? said(name, value) : JSON.stringify(value)}</Fact>
            ))}
          </dl>
        </section>
      )}
    </>
  )
}

const spaced = (name: string): string =>
  name.replace(/(Ms|Share|Bytes)$/, '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
const said = (name: string, value: number): string =>
  name.endsWith('Ms') ? duration(value) : name.endsWith('Share') ? percent(value) : String(value)

function Strip({
  wholeMs,
  parts
}: {
  wholeMs: number
  parts: { startMs: number; durationMs: number; title: string }[]
}) {
  if (parts.length === 0) return null
  return (
    <div class="strip">
      {parts.map(({ startMs, durationMs, title }) => {
        const start = Math.max(0, startMs)
        const end = Math.min(wholeMs, startMs + durationMs)
        return (
          <i
            title={`${title}\n${duration(durationMs)} from ${duration(start)}`}
            style={{ left: `${(start / wholeMs) * 100}%`, width: `max(2px, ${((end - start) / wholeMs) * 100}%)` }}
          />
        )
      })}
    </div>
  )
}

function Raw({ report, id }: { report: Report; id: string }) {
  return (
    <details class="panel">
      <summary>
        The whole report as JSON <span class="dim">{id}</span>
      </summary>
      <pre>{JSON.stringify(report, null, 2)}</pre>
    </details>
  )
}
