// Compare: slow requests before and after a moment, or of two versions of a service: what got slower, and why. A difference
// that chance could have made is shown dim and is not called a change.

import type { Change, ComparedRoute, CompareView } from '../../lib/console/views/compare.js'
import { filter, link, useAddress } from '../address.js'
import { useView } from '../data.js'
import { Cause } from '../parts/bar.js'
import { Empty } from '../parts/empty.js'
import { clock, count, duration } from '../words.js'

export function Compare() {
  const { query } = useAddress()
  const { view } = useView<CompareView>(link('/api/compare', query))
  if (!view) return null
  if (view.versions.length === 0) return <Empty />
  const chosen = [...query.keys()].some(name => name.includes('.'))
  return (
    <>
      <div class="head">
        <h1>What got slower?</h1>
        <Sides view={view} />
      </div>
      {chosen ? (
        <Routes view={view} />
      ) : (
        <p class="empty">Choose two versions of a service, or the moment that parts before from after.</p>
      )}
    </>
  )
}

function Sides({ view: { versions } }: { view: CompareView }) {
  const { query } = useAddress()
  const services = [...new Set(versions.map(({ service }) => service))].sort()
  const service = query.get('service') ?? (services.length === 1 ? services[0]! : '')
  const own = versions.filter(each => each.service === service)
  const moment = Number(query.get('after.from'))
  const part = (value: string): void => {
    const at = value ? new Date(value).getTime() : undefined
    filter({ 'before.to': at, 'after.from': at, 'before.version': undefined, 'after.version': undefined })
  }
  const version = (side: string) => (
    <select
      aria-label={`Version ${side}`}
      value={query.get(`${side}.version`) ?? ''}
      onChange={event =>
        filter({
          service,
          [`${side}.version`]: event.currentTarget.value,
          'before.to': undefined,
          'after.from': undefined
        })
      }
    >
      <option value="">{side}: any version</option>
      {own.map(({ version, requests }) => (
        <option value={version}>
          {version || 'no version'} ({count(requests)} slow)
        </option>
      ))}
    </select>
  )
  return (
    <div class="filters">
      <select aria-label="Service" value={service} onChange={event => filter({ service: event.currentTarget.value })}>
        <option value="">all services</option>
        {services.map(name => (
          <option value={name}>{name}</option>
        ))}
      </select>
      {own.length > 1 && version('before')}
      {own.length > 1 && version('after')}
      <label class="dim">
        changed at{' '}
        <input
          type="datetime-local"
          step="1"
          value={moment ? localInput(moment) : ''}
          onChange={event => part(event.currentTarget.value)}
        />
      </label>
      {moment ? <span class="dim">before and after {clock(moment)}</span> : null}
    </div>
  )
}

const localInput = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19)

function Routes({ view }: { view: CompareView }) {
  const real = view.routes.filter(({ change, causes }) => change.real || causes.some(each => each.change.real))
  return (
    <>
      <p class="sentence">
        {real.length === 0
          ? 'Nothing changed by more than chance makes of so few requests.'
          : real.slice(0, 3).map(sentence).join(' ')}
      </p>
      <section class="panel scroll">
        <table class="rows">
          <thead>
            <tr>
              <th>Route</th>
              <th class="number">Slow requests</th>
              <th class="number">p50</th>
              <th class="number">p99</th>
              <th class="number">Mean</th>
              <th>By cause</th>
            </tr>
          </thead>
          <tbody>
            {view.routes.map(row => (
              <tr>
                <td>
                  {row.route} <div class="dim">{row.service}</div>
                </td>
                <td class="number">{pair(row.count, count)}</td>
                <td class="number">{pair(row.p50, duration)}</td>
                <td class="number">{pair(row.p99, duration)}</td>
                <td class="number">
                  <Difference {...row.change} />
                </td>
                <td>
                  {row.causes.slice(0, 4).map(({ cause, change }) => (
                    <div>
                      <Cause cause={cause} /> <Difference {...change} />
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

const pair = ([before, after]: [number, number], say: (value: number) => string): string =>
  `${say(before)} → ${say(after)}`

function sentence({ service, route, change, causes }: ComparedRoute): string {
  const why = causes.find(each => each.change.real)
  const what = change.real
    ? `is ${duration(Math.abs(change.ms))} ${change.ms > 0 ? 'slower' : 'faster'}`
    : 'changed its cause'
  const because = why ? `: ${why.cause} ${signed(why.change.ms)}` : ''
  return `${route} of ${service} ${what}${because}.`
}

function Difference({ ms, spreadMs, real }: Change) {
  if (spreadMs === null) return <span class="dim">too few</span>
  return (
    <span class={real ? (ms > 0 ? 'slower' : 'faster') : 'dim'} title={real ? 'larger than chance' : 'could be chance'}>
      {signed(ms)} <span class="dim">± {duration(spreadMs)}</span>
    </span>
  )
}

const signed = (ms: number): string => `${ms < 0 ? '−' : '+'}${duration(Math.abs(ms))}`
