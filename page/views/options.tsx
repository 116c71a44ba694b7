// Options: what is in force in each process whose agent asks this console, and what a person changes there while it runs.

import { useState } from 'preact/hooks'
import type { Agent, OptionsView } from '../../lib/console/agents.js'
import { useView } from '../data.js'
import { counted } from '../words.js'

type Change = (options: Record<string, string | null>) => void

export function Options() {
  const { view } = useView<OptionsView>('/api/options')
  if (!view) return null
  return (
    <>
      <div class="head">
        <h1>Options of running processes</h1>
      </div>
      {view.agents.length === 0 && (
        <p class="empty">
          No agent asks here for its options. One does when its reports come here, from this machine or with{' '}
          <code>PERFAGENT_CONSOLE_CONTROL=any</code>; at the latest a minute after its first request.
        </p>
      )}
      {view.agents.map(agent => (
        <Process
          key={agent.instance}
          agent={agent}
          siblings={view.agents.filter(({ service }) => service === agent.service)}
          docs={view.docs}
        />
      ))}
    </>
  )
}

function Process({ agent, siblings, docs }: { agent: Agent; siblings: Agent[]; docs: OptionsView['docs'] }) {
  const [problem, setProblem] = useState('')
  const [all, setAll] = useState(false)
  const change: Change = async options => {
    const instances = (all ? siblings : [agent]).map(({ instance }) => instance)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ instances, options })
    const response = await fetch('/api/options', { method: 'POST', headers, body }).catch(() => undefined)
    if (!response) setProblem('The console gave no answer.')
    else setProblem(response.ok ? '' : ((await response.json()) as { message: string }).message)
  }
  const fixed = agent.options.filter(({ live }) => !live)
  return (
    <section class="panel scroll process">
      <h2>
        {agent.service} <span class="dim">{`${agent.version} · pid ${agent.pid} on ${agent.host}`}</span>
        {siblings.length > 1 && (
          <label class="small">
            <input type="checkbox" checked={all} onChange={() => setAll(!all)} /> changes hold for all {siblings.length}{' '}
            processes of it
          </label>
        )}
      </h2>
      {[problem, ...agent.problems].filter(Boolean).map(said => (
        <p class="slower" role="alert">
          {said}
        </p>
      ))}
      <table class="rows">
        <tbody>
          {agent.options
            .filter(({ live }) => live)
            .map(({ name, text, source }) => (
              <tr key={name}>
                <td>
                  <code title={docs[name]}>{name}</code>
                </td>
                <td>
                  <Value name={name} text={text} change={change} />
                </td>
                <td class="dim">{stateOf(agent, name, text, source)}</td>
                <td>
                  {agent.wanted[name] !== undefined && (
                    <button type="button" class="quiet" onClick={() => change({ [name]: null })}>
                      Take back
                    </button>
                  )}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      <Instrumentations agent={agent} change={change} />
      {fixed.length > 0 && (
        <p class="dim small">
          With the next start alone: {fixed.map(({ name, text, source }) => `${name}=${text} (${source})`).join(', ')}
        </p>
      )}
    </section>
  )
}

function stateOf({ wanted }: Agent, name: string, text: string, source: string): string {
  if (wanted[name] === undefined) return source === 'console' ? 'being taken back' : source
  return wanted[name] === text && source === 'console'
    ? 'by this console'
    : `waits for the process to ask: ${wanted[name]}`
}

/** Enter or leaving the field sends it. What is being typed stays when news of others comes. */
const Value = ({ name, text, change }: { name: string; text: string; change: Change }) => (
  <input
    key={text}
    aria-label={name}
    defaultValue={text}
    onChange={event => change({ [name]: event.currentTarget.value })}
  />
)

function Instrumentations({ agent, change }: { agent: Agent; change: Change }) {
  const text = agent.wanted['disable'] ?? agent.options.find(({ name }) => name === 'disable')?.text ?? ''
  const off = text.split(',').filter(Boolean)
  const turn = (name: string): void =>
    change({ disable: (off.includes(name) ? off.filter(each => each !== name) : [...off, name]).join(',') })
  return (
    <details>
      <summary>{counted(agent.instrumentations.length, 'instrumentation')}</summary>
      {agent.instrumentations.map(name => (
        <label>
          <input type="checkbox" checked={!off.includes(name)} onChange={() => turn(name)} /> {name}
        </label>
      ))}
    </details>
  )
}
