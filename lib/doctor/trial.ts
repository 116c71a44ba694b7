// Whether the agent can explain a slow request here: a service of the doctor's own computes for a while, and the report has to
// name the function, measured. So hooks, thread, profiler, probe and export are tried at once, with the environment's NODE_OPTIONS.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { environment } from '../options/config.js'
import { entryFile } from '../place.js'
import type { Report } from '../types.js'
import { type Finding, note, ok, wrong } from './finding.js'
import { lastWords } from './last-words.js'
import { orLeave } from './leave.js'

const COMPUTES_MS = 400
/** The agent thread starts meanwhile; a request that waits for it has less evidence. */
const SETTLES_MS = 1000
const ANSWERS_WITHIN_MS = 20_000

export const checkTrial = (): Promise<Finding[]> => orLeave(tried)

async function tried(leaving: AbortSignal): Promise<Finding[]> {
  const inbox = createServer().listen(0, '127.0.0.1')
  await once(inbox, 'listening')
  // Run from elsewhere: code in the agent's own folder is never blamed.
  const folder = mkdtempSync(join(tmpdir(), 'perfagent-doctor-'))
  const service = join(folder, 'trial-service.cjs')
  copyFileSync(entryFile('trial-service.js'), service)
  const child = fork(service, [], {
    execArgv: ['--require', entryFile('register.js')],
    silent: true,
    env: {
      ...withoutRegister(environment()),
      PERFAGENT_ENABLED: 'true',
      PERFAGENT_EXPORT: 'http',
      PERFAGENT_HTTP_ENDPOINT: `http://127.0.0.1:${(inbox.address() as AddressInfo).port}`,
      PERFAGENT_SLOW_MS: String(COMPUTES_MS / 2),
      // What is kept beyond its end is the service's: its next process would take over the report and send it.
      PERFAGENT_SPOOL_DIR: '',
      PERFAGENT_MEMORY_FILE: '',
      PERFAGENT_ALERT_ENDPOINT: ''
    }
  })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', text => {
    said += text
  })
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(ANSWERS_WITHIN_MS), leaving])
    const ended = once(child, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`the trial ended with ${by ?? code}`)
    })
    const [{ port }] = (await Promise.race([once(child, 'message', { signal }), ended])) as [AddressInfo]
    await pause(SETTLES_MS, undefined, { signal })
    const report = reportIn(inbox, signal)
    const request = { host: '127.0.0.1', port, path: `/?ms=${COMPUTES_MS}`, agent: false }
    // That the service has ended is told by its end.
    get(request, response => response.resume()).on('error', () => {})
    return judge(await Promise.race([report, ended]))
  } catch (error) {
    const reason = lastWords(said) || (error as Error).message
    return [
      wrong('evidence', `a slow request of a trial service was not explained: ${reason}`, 'try without NODE_OPTIONS')
    ]
  } finally {
    child.kill('SIGKILL')
    inbox.close()
    inbox.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** An agent that NODE_OPTIONS brings is of another copy perhaps; this one is on trial. */
function withoutRegister({ NODE_OPTIONS, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = NODE_OPTIONS?.replace(/(?:--require|--import|-r)[= ]("[^"]*"|\S*)perfagent\S*/g, '').trim()
  return kept ? { ...env, NODE_OPTIONS: kept } : env
}

async function reportIn(inbox: Server, signal: AbortSignal): Promise<Report> {
  for (;;) {
    const [request, response] = await once(inbox, 'request', { signal })
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    response.end()
    const report = JSON.parse(Buffer.concat(chunks).toString()) as Report
    if (report.status !== 'running') return report
  }
}

function judge({ verdict, evidence }: Report): Finding[] {
  const named = verdict.cause === 'cpu.own' && verdict.confidence === 'measured' && /compute/.test(verdict.summary)
  const missing = evidence.missing.map(line => note('evidence', `missing: ${line}`))
  return named
    ? [ok('evidence', 'a request that computed was explained, with the line of code'), ...missing]
    : [
        note('evidence', `a request that computed for ${COMPUTES_MS} ms was explained as: ${verdict.summary}`),
        ...missing
      ]
}
