// Runs a server of test/apps as its user would, `node --require perfagent/register app.js`, beside a backend that collects:
//
//   const app = await runApp('pg.js')
//   const report = await app.explained('/slow')
//   await app.stop()
//
// stop() lets the app end by itself and asserts that it did so cleanly: exit code 0, and nothing on stderr.

import assert from 'node:assert/strict'
import type { Serializable } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { Report } from '../../lib/types.js'
import { type Backend, startBackend } from './backend.js'
import { type Outcome, type ProgramOptions, startProgram } from './program.js'

const LISTENS_WITHIN_MS = 20_000
const ENDS_WITHIN_MS = 10_000
/** What a busy machine makes of half a second is too short for the last reports, and the process says that they were lost. */
const EXIT_MS = 5000

export interface AppOptions extends ProgramOptions {
  /** Where reports go; by default a backend of the app's own, closed with it. */
  backend?: Backend
  /** Of an app that loads a great many files. */
  listensWithinMs?: number
}

export interface Response {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

export interface App {
  url: string
  port: number
  pid: number
  backend: Backend
  /** As far as it has come. */
  output: { stdout: string; stderr: string }
  outcome: Promise<Outcome>
  get(path: string, options?: http.RequestOptions & { body?: string | Buffer }): Promise<Response>
  /** A report of a request that has ended; `backend.report` also sees those that are sent while it runs. */
  report(matches?: (report: Report) => boolean, withinMs?: number): Promise<Report>
  reportOf(route: string): Promise<Report>
  /** Asks for the path, which answers 200, or with that body, and names its own route; then waits for the report. */
  explained(path: string, body?: string): Promise<Report>
  /** To the app's `process.on('message')`. */
  send(message: unknown): void
  /** Ends the app; `stderr` is what it may say there besides nothing. */
  stop(expected?: { stderr?: RegExp; code?: number }): Promise<Outcome>
}

/** Reports are for requests of more than 50 ms unless `env` says otherwise. */
export async function runApp(file: string, options: AppOptions = {}): Promise<App> {
  const backend = options.backend ?? (await startBackend())
  const env = {
    PERFAGENT_HTTP_ENDPOINT: `${backend.url}/reports`,
    PERFAGENT_SLOW_MS: '50',
    PERFAGENT_EXIT_MS: String(EXIT_MS),
    ...options.env
  }
  const { child, output, outcome } = startProgram(file, { ...options, env })
  const close = async (): Promise<void> => {
    if (!options.backend) await backend.close()
  }
  // Also when the test ends early: an app that is killed leaves no backend behind.
  outcome.then(close, close)

  const withinMs = options.listensWithinMs ?? LISTENS_WITHIN_MS
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (problem: string): void => reject(new Error(`${file} ${problem}\n${output.stdout}${output.stderr}`))
    const timer = setTimeout(fail, withinMs, `did not print "listening on PORT" within ${withinMs} ms`)
    child.stdout!.on('data', () => {
      const found = /^listening on (\d+)$/m.exec(output.stdout)
      if (!found) return
      clearTimeout(timer)
      resolve(Number(found[1]))
    })
    outcome.then(({ code, signal }) => {
      clearTimeout(timer)
      fail(`ended with ${signal ?? code} before it listened`)
    }, reject)
  })

  const app: App = {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid!,
    backend,
    output,
    outcome,
    get: (path, request) => get(port, path, request),
    send: message => child.send(message as Serializable),
    async report(matches = () => true, withinMs) {
      try {
        return await backend.report(report => report.status !== 'running' && matches(report), withinMs)
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${file} said:\n${output.stdout}${output.stderr}`)
      }
    },
    reportOf: route => app.report(({ request }) => request.route === route),
    async explained(path, body) {
      const answer = await app.get(path)
      if (body === undefined) assert.equal(answer.status, 200, path)
      else assert.equal(answer.body, body, path)
      return app.reportOf(path)
    },
    async stop({ stderr = /^$/, code = 0 } = {}) {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
      const result = await outcome
      clearTimeout(timer)
      await close()
      const how = `${file} ended with ${result.signal ?? result.code} and said:\n${result.stderr}`
      assert.notEqual(result.signal, 'SIGKILL', `${file} did not end within ${ENDS_WITHIN_MS} ms: something holds it`)
      assert.equal(result.code, code, how)
      assert.match(result.stderr, stderr, how)
      return result
    }
  }
  return app
}

/** A request on a connection of its own, so that no keep-alive delays the end of the app. */
async function get(
  port: number,
  path: string,
  { body, ...options }: http.RequestOptions & { body?: string | Buffer } = {}
): Promise<Response> {
  const request = http.request({ host: '127.0.0.1', port, path, agent: false, ...options }).end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() }
}
