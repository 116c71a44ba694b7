// The first screen: where is the bottleneck? Three answers in words with their numbers, what slow requests say, and the map of
// services. What the numbers cannot tell is said, not drawn.

import type { SystemView } from '../../lib/console/api.js'
import type { Finding } from '../../lib/console/views/findings.js'
import type { Demand } from '../../lib/fleet/answers.js'
import { useView } from '../data.js'
import { Cause } from '../parts/bar.js'
import { Empty } from '../parts/empty.js'
import { ServiceMap } from '../parts/map.js'
import { clock, count, duration, percent, rate } from '../words.js'

export function System() {
  const { view } = useView<SystemView>('/api/system')
  if (!view) return null
  const { sums, answers, findings } = view
  if (sums.services.length === 0) return <Empty />
  return (
    <>
      <div class="head">
        <h1>Where is the bottleneck?</h1>
        <span class="dim">
          {clock(sums.fromMs)} – {clock(sums.toMs)}
        </span>
      </div>
      <div class="answers">
        <Latency {...view} />
        <Throughput {...view} />
        <Use {...view} />
      </div>
      <section class="panel">
        <h2>Services</h2>
        <ServiceMap sums={sums} limit={answers.demands[0]} />
      </section>
      {findings.length > 0 && (
        <section class="panel">
          <h2>
            What slow requests say{' '}
            <small class="dim">what took most time first; those that waited for one of these are left out</small>
          </h2>
          <ol class="findings">
            {findings.map(finding => (
              <FindingLine {...finding} />
            ))}
          </ol>
        </section>
      )}
    </>
  )
}

function Latency({ answers, sums }: SystemView) {
  const [first] = answers.latency
  const slow = sums.services.every(({ slowOnly }) => slowOnly)
  return (
    <section class="panel answer">
      <h3>Who adds the latency</h3>
      {first ? (
        <p>
          <b>{first.service}</b> adds {percent(first.share)} of the {slow ? 'slow requests’ ' : ''}time
          {first.cause && first.causeShare > 0.2 && (
            <>
              , mostly <Cause cause={first.cause} />
            </>
          )}
          .
        </p>
      ) : (
        <p class="dim">No request was seen.</p>
      )}
      <Shares rows={answers.latency.map(each => [each.service, each.share, duration(each.ownSeconds * 1000)])} />
    </section>
  )
}

function Throughput({ answers, sums }: SystemView) {
  const [first] = answers.demands
  const [wait] = answers.waits
  return (
    <section class="panel answer">
      <h3>Who limits the throughput</h3>
      {first ? (
        <>
          <p>
            <b>{first.service}</b> {first.utilizationShare > 0.9 ? 'has saturated' : 'saturates'} its {first.resource}{' '}
            at about <b>{rate(first.boundPerSecond)}</b> requests/s; it serves {rate(first.presentPerSecond)}.
          </p>
          <Shares
            rows={answers.demands.map(each => [
              label(each, sums.services.length),
              each.utilizationShare,
              `${rate(each.boundPerSecond)}/s`
            ])}
          />
        </>
      ) : wait ? (
        <>
          <p>
            Slow requests of <b>{wait.service}</b> queue for its <b>{wait.resource}</b>: {duration(wait.seconds * 1000)}{' '}
            so far.
          </p>
          {wait.detail && <p class="proof">{wait.detail}</p>}
          <Shares
            rows={shareOf(
              answers.waits.map(each => [
                `${each.service}, ${each.resource}`,
                each.seconds,
                duration(each.seconds * 1000)
              ])
            )}
          />
          <p class="dim small">No service sends metrics of its resources, so a bound cannot be told.</p>
        </>
      ) : (
        <p class="dim">
          No request waited for a resource that others held, and no service sends metrics of its resources.
        </p>
      )}
    </section>
  )
}

const label = ({ service, resource }: Demand, services: number): string =>
  services > 1 ? `${service}, ${resource}` : resource

function Use({ answers, sums }: SystemView) {
  const [use] = answers.uses
  const [first] = use?.services ?? []
  const cpu = shareOf(
    sums.services.map(({ service, byCause }) => {
      const seconds = (byCause['cpu.own'] ?? 0) + (byCause['gc'] ?? 0)
      return [service, seconds, duration(seconds * 1000)]
    })
  )
  return (
    <section class="panel answer">
      <h3>Who uses the resources</h3>
      {use && first ? (
        <>
          <p>
            <b>{first.service}</b> uses {percent(first.share)} of the {use.resource}:{' '}
            {duration(first.busySeconds * 1000)}.
          </p>
          <Shares rows={use.services.map(each => [each.service, each.share, duration(each.busySeconds * 1000)])} />
        </>
      ) : cpu.length > 0 ? (
        <>
          <p>
            <b>{cpu[0]![0]}</b> used {percent(cpu[0]![1])} of the main-thread time that slow requests burned themselves.
          </p>
          <Shares rows={cpu} />
        </>
      ) : (
        <p class="dim">No slow request burned CPU, and no service sends metrics of its resources.</p>
      )}
    </section>
  )
}

type Share = [name: string, share: number, said: string]

function shareOf(rows: Share[]): Share[] {
  const sum = rows.reduce((all, [, value]) => all + value, 0)
  return rows
    .filter(([, value]) => value > 0)
    .map(([name, value, said]): Share => [name, value / sum, said])
    .sort((a, b) => b[1] - a[1])
}

const MAX_SHARES = 4

function Shares({ rows }: { rows: Share[] }) {
  return (
    <table class="shares">
      <tbody>
        {rows.slice(0, MAX_SHARES).map(([name, share, said]) => (
          <tr>
            <td>{name}</td>
            <td class="track">
              <i style={{ width: `${Math.min(1, share) * 100}%` }} />
            </td>
            <td class="number">{percent(share)}</td>
            <td class="number dim">{said}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function FindingLine({ service, route, cause, count: times, causeMs, worst, latest }: Finding) {
  return (
    <li>
      <a href={`/requests/${worst.key}`} data-row>
        <span class="what">
          <Cause cause={cause} />
          <b>{route}</b> <span class="dim">{service}</span>
        </span>
        <span class="said">{worst.summary}</span>
        <span class="number">
          {duration(causeMs)}
          <small class="dim">
            {times > 1 ? `${count(times)} requests, ` : ''}last {clock(latest)}
          </small>
        </span>
      </a>
    </li>
  )
}
