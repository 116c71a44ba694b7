// Requests: all slow ones as points, and by route where their time went.

import type { RequestsView, RouteRow } from '../../lib/console/views/requests.js'
import { filter, go, link, useAddress } from '../address.js'
import { useView } from '../data.js'
import { Bar, Cause } from '../parts/bar.js'
import { Empty } from '../parts/empty.js'
import { Filters } from '../parts/filters.js'
import { Scatter } from '../parts/scatter.js'
import { count, duration } from '../words.js'

/** A cause that took less is not worth a place in the legend. */
const LEAST_SHARE = 0.01

export function Requests() {
  const { query } = useAddress()
  const { view } = useView<RequestsView>(link('/api/requests', query))
  if (!view) return null
  if (view.total === 0 && query.size === 0) return <Empty />
  const totals = new Map<string, number>()
  for (const { cause, ms } of view.routes.flatMap(({ byCause }) => byCause))
    totals.set(cause, (totals.get(cause) ?? 0) + ms)
  const allMs = [...totals.values()].reduce((sum, ms) => sum + ms, 0)
  return (
    <>
      <div class="head">
        <h1>
          {count(view.total)} slow {view.total === 1 ? 'request' : 'requests'}
        </h1>
        <Filters services={view.services} />
      </div>
      <section class="panel">
        <Scatter view={view} />
        <div class="legend">
          {[...totals]
            .filter(([, ms]) => ms >= allMs * LEAST_SHARE)
            .sort((a, b) => b[1] - a[1])
            .map(([cause]) => (
              <button
                type="button"
                class={query.get('cause') === cause ? 'quiet on' : 'quiet'}
                onClick={() => filter({ cause: query.get('cause') === cause ? undefined : cause })}
                title="Only requests that were slow for this"
              >
                <Cause cause={cause} />
              </button>
            ))}
          <span class="dim right">
            {view.shownPoints < view.total &&
              `${count(view.shownPoints)} of ${count(view.total)} shown, the slowest among them. `}
            Drag to choose an area.
          </span>
        </div>
      </section>
      <section class="panel scroll">
        <table class="rows">
          <thead>
            <tr>
              <th>Route</th>
              <th>Service</th>
              <th class="number">Slow</th>
              <th class="number">p50</th>
              <th class="number">p95</th>
              <th class="number">p99</th>
              <th class="number">Time</th>
              <th class="wide">By cause</th>
            </tr>
          </thead>
          <tbody>
            {view.routes.map(route => (
              <Route route={route} key={`${route.service} ${route.route}`} longest={view.routes[0]!.totalMs} />
            ))}
          </tbody>
        </table>
        {view.routes.length === 0 && <p class="empty">No slow request fits these filters.</p>}
      </section>
    </>
  )
}

function Route({ route, longest }: { route: RouteRow; longest: number }) {
  return (
    <tr onClick={event => (event.target as Element).closest('a') || go(`/requests/${route.slowest}`)}>
      <td>
        <a href={`/requests/${route.slowest}`} data-row title="Opens the slowest">
          {route.route}
        </a>
        {route.failed > 0 && <span class="bad"> {count(route.failed)} failed</span>}
      </td>
      <td>
        <a class="dim" href={link('/requests', new URLSearchParams({ service: route.service, route: route.route }))}>
          {route.service}
        </a>
      </td>
      <td class="number">{count(route.count)}</td>
      <td class="number">{duration(route.p50)}</td>
      <td class="number">{duration(route.p95)}</td>
      <td class="number">{duration(route.p99)}</td>
      <td class="number">{duration(route.totalMs)}</td>
      <td class="wide">
        <div style={{ width: `${Math.max(8, (route.totalMs / longest) * 100)}%` }}>
          <Bar parts={route.byCause} />
        </div>
      </td>
    </tr>
  )
}
