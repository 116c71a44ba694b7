// Code: what to fix first. Functions by the time that all slow requests would have been faster for without them.

import type { CodeView, FunctionRow } from '../../lib/console/views/code.js'
import { link, useAddress } from '../address.js'
import { useView } from '../data.js'
import { Empty } from '../parts/empty.js'
import { Filters } from '../parts/filters.js'
import { count, duration, functionOf, percent, placeOf } from '../words.js'

/** Of all slow time: what is below is no place to begin. */
const LEAST_SHARE = 0.001

export function Code() {
  const { query } = useAddress()
  const { view } = useView<CodeView>(link('/api/code', query))
  if (!view) return null
  if (view.requests === 0 && query.size === 0) return <Empty />
  const [first] = view.functions
  const worth = view.functions.filter(({ share }) => share >= LEAST_SHARE)
  return (
    <>
      <div class="head">
        <h1>What to fix first</h1>
        <Filters services={[...new Set(view.functions.map(({ service }) => service))]} search={false} />
      </div>
      {first && (
        <p class="sentence">
          <code>{functionOf(first.frame)}</code> in <code>{placeOf(first.frame)}</code> of <b>{first.service}</b>:{' '}
          {duration(first.savedMs)} of {duration(view.slowMs)} in {count(view.requests)} slow requests.
        </p>
      )}
      <section class="panel scroll">
        <table class="rows">
          <thead>
            <tr>
              <th>Function</th>
              <th>Service</th>
              <th class="number">Slow time saved</th>
              <th class="number">Share</th>
              <th class="number">Requests</th>
              <th>Routes</th>
            </tr>
          </thead>
          <tbody>
            {worth.map(row => (
              <Line row={row} />
            ))}
          </tbody>
        </table>
        {worth.length < view.functions.length && (
          <p class="dim small">
            {count(view.functions.length - worth.length)} more functions took less than {LEAST_SHARE * 100} % each.
          </p>
        )}
        {view.functions.length === 0 && <p class="empty">No slow request was seen running code: they waited.</p>}
      </section>
    </>
  )
}

function Line({ row: { service, frame, savedMs, share, requests, routes, worst } }: { row: FunctionRow }) {
  return (
    <tr>
      <td>
        <a href={`/requests/${worst}`} data-row title="Opens the request in which it took most">
          <code>{functionOf(frame)}</code>
        </a>
        <div class="dim">
          <code>{placeOf(frame)}</code>
        </div>
      </td>
      <td class="dim">{service}</td>
      <td class="number">{duration(savedMs)}</td>
      <td class="number">{percent(share)}</td>
      <td class="number">{count(requests)}</td>
      <td>
        {routes.map(({ route, ms }) => (
          <div>
            <a href={link('/requests', new URLSearchParams({ service, route }))}>{route}</a>{' '}
            <span class="dim">{duration(ms)}</span>
          </div>
        ))}
      </td>
    </tr>
  )
}
