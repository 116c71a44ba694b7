// The first screen: where is the bottleneck? Three answers in words with their numbers, what slow requests say, and the map of
// services. What the numbers cannot tell is said, not drawn.

import type { SystemView } from '../../lib/console/api.js'
import type { Finding } from '../../lib/console/views/findings.js'
import { sharedNames } from '../../lib/fleet/names-in-words.js'
import { clocks, inWords, type Part, type Share, type WordedAnswer } from '../../lib/fleet/words.js'
import { useView } from '../data.js'
import { Cause } from '../parts/bar.js'
import { Empty } from '../parts/empty.js'
import { ServiceMap } from '../parts/map.js'
import { clock, count, duration, percent } from '../words.js'

export function System() {
  const { view, problem } = useView<SystemView>('/api/system')
  if (!view) return problem ? <p class="empty">{problem}</p> : null
  const { sums, answers, findings } = view
  const clocksSaid = clocks(sums)
  if (sums.services.length === 0) return <Empty />
  return (
    <>
      <div class="head">
        <h1>Where is the bottleneck?</h1>
        <span class="dim">
          {clock(sums.fromMs)} – {clock(sums.toMs)}
        </span>
      </div>
      {sharedNames(sums).map(said => (
        <p>{said}</p>
      ))}
      {clocksSaid && <p class="dim small">{clocksSaid}</p>}
      <div class="answers">
        {inWords(answers, sums).map(told => (
          <Answer {...told} />
        ))}
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

function Answer({ question, sentence, proof, shares, note }: WordedAnswer) {
  return (
    <section class="panel answer">
      <h3>{question}</h3>
      {sentence && <p>{sentence.map(sayPart)}</p>}
      {proof && <p class="proof">{proof}</p>}
      <Shares rows={shares} />
      {note && <p class={sentence ? 'dim small' : 'dim'}>{note}</p>}
    </section>
  )
}

function sayPart(part: Part) {
  if (typeof part === 'string') return part
  return 'cause' in part ? <Cause cause={part.cause} /> : <b>{part.strong}</b>
}

const MAX_SHARES = 4

function Shares({ rows }: { rows: Share[] }) {
  if (rows.length === 0) return null
  return (
    <table class="shares">
      <tbody>
        {rows.slice(0, MAX_SHARES).map(({ name, share, said }) => (
          <tr>
            <td title={name}>{name}</td>
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
