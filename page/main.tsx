// The frame around all views: which one the address names, the keys, the state of the connection, light and dark.

import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { filter, followLinks, go, useAddress } from './address.js'
import { connect, useLive } from './data.js'
import { Code } from './views/code.js'
import { Compare } from './views/compare.js'
import { One } from './views/one.js'
import { Options } from './views/options.js'
import { Requests } from './views/requests.js'
import { System } from './views/system.js'
import { bytes, count, counted } from './words.js'
import './style.css'

const VIEWS = [
  { path: '/', name: 'Bottleneck' },
  { path: '/requests', name: 'Requests' },
  { path: '/code', name: 'Code' },
  { path: '/compare', name: 'Compare' },
  { path: '/options', name: 'Options' }
]

const KEYS: [keys: string, what: string][] = [
  ['1 – 5', 'the views'],
  ['/', 'search'],
  ['j, k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['Esc', 'clear the filters; from a request, back'],
  ['d', 'light, dark'],
  ['?', 'this']
]

function Frame() {
  const { path } = useAddress()
  const [help, setHelp] = useState(false)
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => onKey(event, setHelp)
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  return (
    <>
      <header>
        <a class="brand" href="/">
          perfagent
        </a>
        <nav>
          {VIEWS.map((view, i) => (
            <a href={view.path} aria-current={isOpen(view.path, path) ? 'page' : undefined} title={`key ${i + 1}`}>
              {view.name}
            </a>
          ))}
        </nav>
        <Connection />
        <button type="button" class="quiet" onClick={() => setHelp(!help)} title="Keys">
          ?
        </button>
        <button type="button" class="quiet" onClick={turnTheme} title="Light or dark (d)">
          ◐
        </button>
      </header>
      <main>{viewOf(path)}</main>
      {help && <Help close={() => setHelp(false)} />}
    </>
  )
}

const isOpen = (view: string, path: string): boolean => path === view || (view !== '/' && path.startsWith(`${view}/`))

function viewOf(path: string) {
  const [, first, id] = path.split('/')
  if (!first) return <System />
  if (first === 'requests') return id ? <One id={id} /> : <Requests />
  if (first === 'code') return <Code />
  if (first === 'compare') return <Compare />
  if (first === 'options') return <Options />
  return (
    <p class="empty">
      There is no such view. <a href="/">Where is the bottleneck?</a>
    </p>
  )
}

function Connection() {
  const { connected, counts } = useLive()
  if (!counts) return <span class="live" />
  const evicted = counts.evictedReports + counts.evictedTraces
  const title = [
    `${count(counts.traces)} traces with ${count(counts.spans)} spans`,
    counts.series > 0 ? `${count(counts.series)} series of metrics` : '',
    `${bytes(counts.bytes)} of ${bytes(counts.maxBytes)} in memory`,
    evicted > 0
      ? `${count(counts.evictedReports)} reports and ${count(counts.evictedTraces)} traces gave way to newer ones`
      : '',
    ...Object.entries(counts.ignored).map(([kind, number]) => `${count(number)} × ${kind} taken and not kept`)
  ]
  return (
    <span class="live" title={title.filter(Boolean).join('\n')}>
      <i class={connected ? 'dot on' : 'dot'} />
      {connected ? counted(counts.reports, 'slow request') : 'not connected'}
      {evicted > 0 && <span class="dim"> · {count(counts.evictedReports)} evicted</span>}
    </span>
  )
}

function Help({ close }: { close: () => void }) {
  return (
    <div class="help" role="dialog" aria-label="Keys">
      <button type="button" class="quiet" onClick={close}>
        Close
      </button>
      <table>
        {KEYS.map(([keys, what]) => (
          <tr>
            <td>
              <kbd>{keys}</kbd>
            </td>
            <td>{what}</td>
          </tr>
        ))}
      </table>
    </div>
  )
}

function onKey(event: KeyboardEvent, setHelp: (set: (shown: boolean) => boolean) => void): void {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test((event.target as Element).tagName)
  if (typing && event.key === 'Escape') (event.target as HTMLElement).blur()
  if (typing || event.metaKey || event.ctrlKey || event.altKey) return
  const view = VIEWS[Number(event.key) - 1]
  if (view) go(view.path)
  else if (event.key === '?') setHelp(shown => !shown)
  else if (event.key === 'd') turnTheme()
  else if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1)
  else if (event.key === 'Escape') leave(setHelp)
  else if (event.key === '/') {
    event.preventDefault()
    document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
  }
}

/** Rows that can be opened have a link, which Enter follows. */
function step(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('main [data-row]')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

function leave(setHelp: (set: (shown: boolean) => boolean) => void): void {
  setHelp(() => false)
  if (/^\/requests\/./.test(location.pathname)) history.back()
  else filter(Object.fromEntries([...new URLSearchParams(location.search).keys()].map(name => [name, undefined])))
}

const THEME = 'perfagent-theme'

function turnTheme(): void {
  const dark = document.documentElement.dataset['theme']
    ? document.documentElement.dataset['theme'] === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.dataset['theme'] = dark ? 'light' : 'dark'
  localStorage.setItem(THEME, dark ? 'light' : 'dark')
  dispatchEvent(new Event('theme'))
}

const theme = localStorage.getItem(THEME)
if (theme) document.documentElement.dataset['theme'] = theme
followLinks()
connect()
render(<Frame />, document.body)
