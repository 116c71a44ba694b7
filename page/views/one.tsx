// One request: why it was slow, then the proof. Verdict, breakdown, the trace over all services, who held the loop, where the
// CPU time went, what was asked of databases, who held the pool, the kernel; and everything to take along.

import type { OneView } from '../../lib/console/views/one.js'
import type { Report } from '../../lib/types.js'
import { useView } from '../data.js'
import { Bar, Cause } from '../parts/bar.js'
import { Fact } from '../parts/fact.js'
import { Waterfall } from '../parts/waterfall.js'
import { clock, counted, duration, functionOf, percent, placeOf } from '../words.js'
import { Proof } from './proof.js'

export function One({ id }: { id: string }) {
  const { view, problem } = useView<OneView>(`/api/requests/${encodeURIComponent(id)}`)
  if (problem) return <p class="empty">{problem}</p>
  if (!view) return null
  const { report } = view
  return (
    <article class="one">
      {report ? <Head view={view} report={report} id={id} /> : <h1>Trace {id.slice(0, 32)}</h1>}
      <section class="panel">
        <h2>
          Trace
          <small class="dim">
            {counted(view.spanCount, 'span')}
            {view.spanCount > view.spans.length && `, ${view.spans.length} of them shown`}; the critical path is solid
          </small>
        </h2>
        <Waterfall view={view} />
      </section>
      {report && <Proof report={report} kernel={view.kernel} />}
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

function Head({ view, report, id }: { view: OneView; report: Report; id: string }) {
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
      <PeerVerdict view={view} cause={verdict.cause} />
      {view.kernel?.findings.slice(0, 1).map(({ sentence }) => (
        <p class="sentence">
          <small class="dim">kernel</small> {sentence}
        </p>
      ))}
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
              {functionOf(culprit.frame)} {placeOf(culprit.frame)}
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

/** A slow peer that has a report of its own in this trace says why it was slow. */
function PeerVerdict({ view: { report, spans, others }, cause }: { view: OneView; cause: string }) {
  if (!report || !/^http\./.test(cause)) return null
  const keys = new Set(below(report.spanId, spans).map(({ reportKey }) => reportKey))
  const [peer] = others.filter(({ key }) => keys.has(key)).sort((a, b) => b.durationMs - a.durationMs)
  if (!peer) return null
  return (
    <p class="sentence">
      <small class="dim">{peer.service}</small> <a href={`/requests/${peer.key}`}>{peer.route}</a>: {peer.summary}
    </p>
  )
}

function below(spanId: string, spans: OneView['spans']): OneView['spans'] {
  const found = spans.filter(({ parentId }) => parentId === spanId)
  return found.concat(found.flatMap(({ id }) => below(id, spans)))
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
