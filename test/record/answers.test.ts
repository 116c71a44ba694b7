import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createAnswers } from '../../lib/record/answers.js'
import type { RequestRecorder } from '../../lib/record/recorder-types.js'
import { type App, runApp } from '../harness/app.js'
import { ROOT, runProgram } from '../harness/program.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

const HEADERS: [title: string, headers: Record<string, string>][] = [
  ['without headers', {}],
  [
    'with headers of a trace',
    {
      traceparent: `00-${TRACE}-${SPAN}-01`,
      tracestate: 'perfagent=gateway%20a,tenant@vendor=1',
      baggage: 'user=17'
    }
  ],
  ['with one header of B3', { b3: `${TRACE}-${SPAN}-1-${SPAN}` }],
  ['with several headers of B3', { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' }]
]
const PATHS = ['/express/one', '/orders/17/items', `/of/${TRACE}`, '/a-b-c-d-e-f-g-h-i-j-k-1', '/?a=b']

describe('what is asked of a thread on top of whatever runs', () => {
  let app: App
  before(async () => {
    app = await runApp('answers.js', { env: { OTEL_PROPAGATORS: 'tracecontext,baggage,b3,b3multi' } })
  })
  after(() => app.stop())

  for (const [title, headers] of HEADERS)
    it(`runs no regular expression, which would kill the process inside another one: ${title}`, async () => {
      for (const path of PATHS) {
        const { body } = await app.get(path, { headers })
        const { ran, answers, sees } = JSON.parse(body) as { ran: string[]; answers: string[]; sees: boolean }
        assert.deepEqual(ran, [], path)
        assert.ok(sees, 'one that runs is seen')
        const { request } = JSON.parse(answers[0]!)
        assert.equal(typeof request.route, 'string')
        if (title !== 'without headers') assert.equal(request.traceId, TRACE)
      }
    })

  it('reads no source map for its stack: Node does that by regular expressions, and from files', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'perfagent-look-'))
    const generated = path.join(folder, 'generated.js')
    // Line 1 comes from line 10 of src/app.ts.
    const map = JSON.stringify({ version: 3, sources: ['src/app.ts'], names: [], mappings: 'AASA,SAUI' })
    const inline = Buffer.from(map).toString('base64')
    const code = `exports.call = f => f()\n//# sourceMappingURL=data:application/json;base64,${inline}\n`
    writeFileSync(generated, code)
    const script = `
      const { plainStack } = require(${JSON.stringify(path.join(ROOT, 'dist/lib/record/stack.js'))})
      const { call } = require(${JSON.stringify(generated)})
      console.log(JSON.stringify([plainStack, () => new Error().stack].map(stack => call(() => stack(10)))))`
    const nodeArgs = ['--enable-source-maps', '-e', script]
    const { stdout, stderr } = await runProgram(undefined, { preload: 'none', nodeArgs })
    rmSync(folder, { recursive: true })
    assert.equal(stderr, '')
    const [ours, nodes] = JSON.parse(stdout) as [string, string]
    assert.match(ours, /generated\.js:1:/)
    assert.doesNotMatch(ours, /app\.ts/)
    assert.match(nodes, /app\.ts:/)
  })
})

describe('calls to the pool of threads', () => {
  it('are told by kind: look-ups of names are no work on files', async () => {
    const answers = createAnswers({} as RequestRecorder)
    const before = JSON.parse(answers.poolCalls())
    const asked = [lookup('localhost'), lookup('localhost')]
    const during = JSON.parse(answers.poolCalls())
    await Promise.all(asked)
    assert.deepEqual(during, { fs: before.fs, dns: before.dns + 2 })
  })
})

describe('a window of the profile', () => {
  it('is ended where one is named: without a name V8 would end the newest', () => {
    const { profile, profileEnd } = console
    const called: string[] = []
    console.profile = name => void called.push(`begin ${name}`)
    console.profileEnd = name => void called.push(`end ${name}`)
    try {
      const { rotate } = createAnswers({} as RequestRecorder)
      rotate('a', '')
      rotate('b', 'a')
      rotate('', 'b')
    } finally {
      Object.assign(console, { profile, profileEnd })
    }
    assert.deepEqual(called, ['begin a', 'begin b', 'end a', 'end b'])
  })
})

describe('requests that became slow', () => {
  it('are told as JSON, their turns too', () => {
    const turns = { from: 0, to: 9, stretchesUs: Float64Array.of(1000, 2000, 7), requests: [] }
    const recorder = { takeOverdue: () => [{ id: 7, turns }, { id: 8 }] } as unknown as RequestRecorder
    const told = [{ id: 7, turns: { ...turns, stretchesUs: [1000, 2000, 7] } }, { id: 8 }]
    assert.deepEqual(JSON.parse(createAnswers(recorder).overdue()), told)
  })
})
