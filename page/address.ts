// The address is the state of the page: path for the view, query for its filters. What is in it can be sent to a colleague.

import { useEffect, useState } from 'preact/hooks'

export interface Address {
  path: string
  query: URLSearchParams
}

const listeners = new Set<() => void>()

export const address = (): Address => ({ path: location.pathname, query: new URLSearchParams(location.search) })

export function useAddress(): Address {
  const [current, set] = useState(address)
  useEffect(() => {
    const changed = (): void => set(address())
    listeners.add(changed)
    addEventListener('popstate', changed)
    return () => {
      listeners.delete(changed)
      removeEventListener('popstate', changed)
    }
  }, [])
  return current
}

export function go(to: string): void {
  if (to === location.pathname + location.search) return
  history.pushState(null, '', to)
  scrollTo(0, 0)
  for (const listener of listeners) listener()
}

/** The same view with other filters; what is undefined or '' goes. */
export function filter(changes: Record<string, string | number | undefined>): void {
  const { path, query } = address()
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name)
    else query.set(name, String(value))
  }
  history.pushState(null, '', link(path, query))
  for (const listener of listeners) listener()
}

export const link = (path: string, query: URLSearchParams): string => (query.size > 0 ? `${path}?${query}` : path)

/** Links of ours are followed without a load of the page. */
export function followLinks(): void {
  document.addEventListener('click', event => {
    // In the map it is SVG's, whose `href` is an object.
    const anchor = (event.target as Element).closest?.('a')
    const href = anchor?.getAttribute('href')
    if (!anchor || !href || event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || anchor.hasAttribute('download')) return
    const to = new URL(href, location.href)
    if (to.origin !== location.origin) return
    event.preventDefault()
    go(to.pathname + to.search)
  })
}
