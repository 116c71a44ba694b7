// What the console tells: one stream of changes for the whole page, and the view that is open, asked for again when something
// changed. While the tab is hidden nothing is asked.

import { useEffect, useState } from 'preact/hooks'
import type { Counts } from '../lib/console/store.js'

export interface LiveState {
  connected: boolean
  counts: Counts | undefined
}

const listeners = new Set<(state: LiveState) => void>()
let state: LiveState = { connected: false, counts: undefined }

function tell(next: Partial<LiveState>): void {
  state = { ...state, ...next }
  for (const listener of listeners) listener(state)
}

export function connect(): void {
  const stream = new EventSource('/api/stream')
  stream.addEventListener('open', () => tell({ connected: true }))
  stream.addEventListener('error', () => tell({ connected: false }))
  stream.addEventListener('change', event => tell({ connected: true, counts: JSON.parse(event.data) }))
}

export function useLive(): LiveState {
  const [current, set] = useState(state)
  useEffect(() => {
    listeners.add(set)
    set(state)
    return () => void listeners.delete(set)
  }, [])
  return current
}

export interface Loaded<View> {
  view: View | undefined
  /** Why there is none. */
  problem: string | undefined
}

export function useView<View>(from: string): Loaded<View> {
  const [loaded, set] = useState<Loaded<View> & { from: string }>({ view: undefined, problem: undefined, from })
  const { counts } = useLive()
  useEffect(() => {
    if (document.hidden && loaded.view) return
    const leaving = new AbortController()
    fetch(from, { signal: leaving.signal })
      .then(async response => {
        if (response.ok) set({ view: (await response.json()) as View, problem: undefined, from })
        else set({ view: undefined, problem: await problemOf(response), from })
      })
      .catch(() => {})
    return () => leaving.abort()
  }, [from, counts])
  return loaded.from === from ? loaded : { view: undefined, problem: undefined }
}

/** A console that asks an engine hands on what that one says. */
async function problemOf(response: Response): Promise<string> {
  if (response.status === 404) return 'It is not here any more.'
  if (response.status !== 502) return `The console answered ${response.status}.`
  return `${((await response.json()) as { message: string }).message}.`
}
