// The filters of a view, as chips that can be taken away, and its search field. All of them live in the address.

import { filter, useAddress } from '../address.js'
import { clock, duration } from '../words.js'

const NAMES = ['service', 'version', 'route', 'cause'] as const

export function Filters({ services = [], search = true }: { services?: string[]; search?: boolean }) {
  const { query } = useAddress()
  const [from, to, min, max] = ['from', 'to', 'min', 'max'].map(name => Number(query.get(name)))
  return (
    <div class="filters">
      {services.length > 1 && (
        <select
          aria-label="Service"
          value={query.get('service') ?? ''}
          onChange={event => filter({ service: event.currentTarget.value })}
        >
          <option value="">all services</option>
          {services.map(service => (
            <option value={service}>{service}</option>
          ))}
        </select>
      )}
      {search && (
        <input
          type="search"
          placeholder="Search  ( / )"
          aria-label="Search"
          value={query.get('q') ?? ''}
          onInput={event => later(event.currentTarget.value)}
        />
      )}
      {NAMES.filter(name => query.get(name) && (name !== 'service' || services.length < 2)).map(name => (
        <Chip text={query.get(name)!} names={[name]} />
      ))}
      {from && to ? <Chip text={`${clock(from)} – ${clock(to)}`} names={['from', 'to']} /> : null}
      {min || max ? (
        <Chip text={`${duration(min ?? 0)} – ${max ? duration(max) : '∞'}`} names={['min', 'max']} />
      ) : null}
    </div>
  )
}

function Chip({ text, names }: { text: string; names: string[] }) {
  const clear = (): void => filter(Object.fromEntries(names.map(name => [name, undefined])))
  return (
    <button type="button" class="chip" onClick={clear} title="Remove this filter">
      {text} <span class="dim">×</span>
    </button>
  )
}

let timer = 0
function later(text: string): void {
  clearTimeout(timer)
  timer = window.setTimeout(() => filter({ q: text }), 150)
}
