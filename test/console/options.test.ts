// Options of a running service, changed from a console: the real two, and what neither takes from the other.

import assert from 'node:assert/strict'
import path from 'node:path'
import { createAgents, type OptionsView } from '../../lib/console/agents.js'
import { createConsoleLink } from '../../lib/export/ask-console.js'
import type { Settings } from '../../lib/export/otlp-settings.js'
import { NO_TLS } from '../../lib/export/tls.js'
import type { OptionInForce } from '../../lib/types.js'
import { fakeClock } from '../export/clock.js'
import { type App, runApp } from '../harness/app.js'
import { type Answer, type Received, startBackend } from '../harness/backend.js'
import { type Program, ROOT, startProgram } from '../harness/program.js'

/** What is asked again and again until it is so. */
const WITHIN_MS = 30_000
const LOOK_EACH_MS = 50

async function until<Result>(look: () => Promise<Result | undefined>, what: string): Promise<Result> {
  const deadline = performance.now() + WITHIN_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`not within ${WITHIN_MS} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, LOOK_EACH_MS))
  }
}

/** Metrics often, because a service shows itself to a console by what it sends. */
const ENV = {
  PERFAGENT_SLOW_MS: '60000',
  PERFAGENT_MAX_REPORTS_PER_MINUTE: '1000',
  PERFAGENT_METRIC_INTERVAL_MS: '200'
}

describe('options from a real console', () => {
  let program: Program
  let url: string
  before(async () => {
    program = startProgram(path.join(ROOT, 'dist/cli.js'), { preload: 'none', args: ['console', '--port', '0'] })
    url = await until(async () => /console: (http:\S+)/.exec(program.output.stdout)?.[1], 'the console is up')
  })
  after(async () => {
    program.child.kill('SIGTERM')
    await program.outcome
  })

  const view = async (): Promise<OptionsView> => (await (await fetch(`${url}/api/options`)).json()) as OptionsView
  const agentOf = async (app: App) => (await view()).agents.find(({ pid }) => pid === app.pid)
  const optionOf = async (app: App, name: string): Promise<OptionInForce> =>
    (await agentOf(app))!.options.find(option => option.name === name)!
  const change = async (app: App, options: Record<string, unknown>): Promise<{ status: number; said: string }> => {
    const { instance } = (await agentOf(app))!
    const body = JSON.stringify({ instances: [instance], options })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/api/options`, { method: 'POST', headers, body })
    const { message = '' } = (await response.json()) as { message?: string }
    return { status: response.status, said: message }
  }
  const seen = async (): Promise<App> => {
    const app = await runApp('live.js', { env: { ...ENV, PERFAGENT_OTLP_ENDPOINT: url } })
    await until(() => agentOf(app), 'the service asks for its options')
    return app
  }

  it('a lowered threshold makes reports come, is said once by the service, and is taken back', async () => {
    const app = await seen()
    await app.get('/late')
    assert.deepEqual(await optionOf(app, 'slowMs'), {
      name: 'slowMs',
      text: '60000',
      source: 'PERFAGENT_SLOW_MS',
      live: true
    })
    assert.equal((await change(app, { slowMs: '50' })).status, 200)
    const report = await until(async () => {
      await app.get('/late')
      return app.report(({ request }) => request.route === '/late', 500).catch(() => undefined)
    }, 'a report')
    assert.equal(report.thresholdMs, 50)
    await until(
      async () => ((await optionOf(app, 'slowMs')).source === 'console' ? true : undefined),
      'told as in force'
    )
    await change(app, { slowMs: null })
    await until(async () => ((await optionOf(app, 'slowMs')).text === '60000' ? true : undefined), 'taken back')
    const { stderr } = await app.stop({ stderr: /./ })
    assert.deepEqual(stderr.trim().split('\n'), [
      '[perfagent] changed by a console: slowMs=50',
      '[perfagent] changed by a console: slowMs=60000'
    ])
  })

  it('instrumentation, share, profile and log level change too; what is wrong is said and changes nothing', async () => {
    const app = await seen()
    const refused: [Record<string, unknown>, RegExp][] = [
      [{ slowMs: 'soon' }, /slowMs: "soon" is not a number of milliseconds, at least 1, or auto/],
      [{ slowMs: '50', sampleShare: '2' }, /sampleShare: "2" is not a share, at least 0 and at most 1/],
      [{ disable: 'http_client,htpp' }, /disable: \S+ has no instrumentation "htpp"/],
      [{ httpEndpoint: 'http://127.0.0.1:1/' }, /"httpEndpoint" is no option that can change while a service runs/],
      [{ ['__proto__']: '1' }, /"__proto__" is no option/],
      [{ profile: 5 }, /profile: 5 is not true or false/]
    ]
    for (const [options, message] of refused) {
      const { status, said } = await change(app, options)
      assert.equal(status, 400)
      assert.match(said, message)
    }
    assert.deepEqual((await agentOf(app))!.wanted, {})
    const wanted = {
      disable: 'http_client',
      sampleShare: '1',
      profileIntervalMs: '20',
      profile: 'false',
      logLevel: 'error'
    }
    assert.equal((await change(app, wanted)).status, 200)
    await until(async () => {
      const { options } = (await agentOf(app))!
      const texts = Object.fromEntries(options.map(({ name, text }) => [name, text]))
      return Object.entries(wanted).every(([name, text]) => texts[name] === text) ? true : undefined
    }, 'all of it in force')
    assert.equal((await optionOf(app, 'slowMs')).text, '60000')
    await app.stop({ stderr: /^\[perfagent\] changed by a console: [^\n]+\n$/ })
  })
})

describe('what an agent takes from who answers its OTLP', () => {
  const asks = ({ path }: Received): boolean => path === '/perfagent/options'
  /** Says that it is a console, and wants what it is told to want. */
  const claims =
    (wants: () => string) =>
    (request: Received): Answer =>
      asks(request) ? { body: wants() } : { headers: { 'perfagent-console': '1' } }

  it('nothing from a backend that does not show itself as a console', async () => {
    const backend = await startBackend({ body: '{"options":{"slowMs":50}}' })
    const app = await runApp('live.js', { backend, env: { ...ENV, PERFAGENT_OTLP_ENDPOINT: backend.url } })
    for (let i = 1; i <= 3; i++) await backend.collection(() => backend.metrics.length >= i)
    assert.equal(backend.received.some(asks), false)
    await app.stop()
    await backend.close()
  })

  it('nothing where its owner does not allow it', async () => {
    const backend = await startBackend(claims(() => '{"options":{"slowMs":50}}'))
    const env = { ...ENV, PERFAGENT_OTLP_ENDPOINT: backend.url, PERFAGENT_CONSOLE_CONTROL: 'off' }
    const app = await runApp('live.js', { backend, env })
    for (let i = 1; i <= 3; i++) await backend.collection(() => backend.metrics.length >= i)
    assert.equal(backend.received.some(asks), false)
    await app.stop()
    await backend.close()
  })

  it('no option that is fixed, no value that is wrong; it tells what was wrong', async () => {
    const answers = [
      'no JSON',
      '{"options":5}',
      '{"options":{"httpEndpoint":"http://127.0.0.1:1/","configFile":"/etc/passwd","consoleControl":"any"}}',
      '{"options":{"slowMs":"soon","__proto__":{"slowMs":50},"constructor":1}}'
    ]
    let at = 0
    const backend = await startBackend(claims(() => answers[Math.min(at++, answers.length - 1)]!))
    const app = await runApp('live.js', { backend, env: { ...ENV, PERFAGENT_OTLP_ENDPOINT: backend.url } })
    const { body } = await backend.request(request => asks(request) && request.body.includes('soon is not'), WITHIN_MS)
    const { problems, options } = JSON.parse(body.toString())
    assert.match(problems.join('\n'), /console slowMs: the text soon is not a number of milliseconds/)
    assert.equal(options.find(({ name }: OptionInForce) => name === 'slowMs').text, '60000')
    assert.equal(
      options.some(({ source }: OptionInForce) => source === 'console'),
      false
    )
    assert.equal(body.includes('/etc/passwd'), false)
    await app.stop()
    await backend.close()
  })

  const found = (url: string, control: 'loopback' | 'any' | 'off'): boolean => {
    let asked = false
    const state = (): undefined => {
      asked = true
    }
    const link = createConsoleLink({ control, io: fakeClock(), host: { state, wanted() {} } })
    link.found({ url, headers: {}, tls: NO_TLS } as unknown as Settings)
    link.stop()
    return asked
  }
  for (const [url, control, asked] of [
    ['http://127.0.0.1:4318/v1/logs', 'loopback', true],
    ['http://[::1]:4318/v1/logs', 'loopback', true],
    ['http://localhost:4318/v1/logs', 'off', false],
    ['https://console.example/v1/logs', 'loopback', false],
    ['http://127.0.0.1.evil.example/v1/logs', 'loopback', false],
    ['https://console.example/v1/logs', 'any', true],
    ['https://console.example/v1/logs', 'off', false]
  ] as const) {
    it(`${asked ? 'asks' : 'does not ask'} ${url} where PERFAGENT_CONSOLE_CONTROL is ${control}`, () => {
      assert.equal(found(url, control), asked)
    })
  }
})

describe('what a console knows of agents', () => {
  const told = (instance: string, options: Partial<OptionInForce>[] = []): Buffer =>
    Buffer.from(
      JSON.stringify({
        service: { name: 'orders', version: '1', instance, host: 'h', pid: 7 },
        options: options.map(option => ({ name: 'slowMs', text: '500', source: 'default', live: true, ...option })),
        instrumentations: ['http'],
        problems: []
      })
    )

  it('takes over what a console before it has set, and forgets who is silent', () => {
    let now = 0
    const agents = createAgents(() => now)
    assert.equal(agents.asked(told('a', [{ source: 'console', text: '70' }])), '{"options":{"slowMs":70}}')
    agents.change(Buffer.from('{"instances":["a"],"options":{"slowMs":null}}'))
    assert.equal(agents.asked(told('a', [{ source: 'console', text: '70' }])), '{"options":{}}')
    now = 100_000
    assert.deepEqual(agents.view().agents, [])
  })

  it('is bounded, and takes only what has the shape', () => {
    const agents = createAgents(() => 0)
    for (let i = 0; i < 1000; i++) agents.asked(told(`a${i}`))
    assert.throws(() => agents.asked(told('one more')), /too many agents/)
    for (const body of [
      '',
      '[]',
      '{}',
      '{"service":{}}',
      told('').toString(),
      told('a').toString().replace('7', '"7"')
    ])
      assert.throws(() => agents.asked(Buffer.from(body)), /no question|no JSON object/)
    assert.equal(agents.view().agents.length, 1000)
  })
})
