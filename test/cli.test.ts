// The command `perfagent`, run as its user does.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { OPTIONS } from '../lib/options/config.js'
import { ROOT, runProgram } from './harness/program.js'
import { skip } from './harness/skip.js'

const { version, bin } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))

const run = (args: string[], env?: Record<string, string>) =>
  runProgram(path.join(ROOT, bin.perfagent), { args, preload: 'none', ...(env && { env }) })

describe('perfagent', () => {
  it('options: every option with value and source', async () => {
    const { code, stdout, stderr } = await run(['options'], {
      PERFAGENT_SLOW_MS: '70',
      OTEL_SERVICE_NAME: 'shop',
      NO_COLOR: '1'
    })
    assert.deepEqual([code, stderr], [0, ''])
    const lines = stdout.trimEnd().split('\n')
    assert.deepEqual(
      lines.map(line => line.split(' ')[0]),
      Object.values(OPTIONS).map(({ env }) => env)
    )
    assert.match(stdout, /^PERFAGENT_SLOW_MS +70 +PERFAGENT_SLOW_MS$/m)
    assert.match(stdout, /^PERFAGENT_SERVICE_NAME +shop +OTEL_SERVICE_NAME$/m)
    assert.match(stdout, /^PERFAGENT_HTTP_SECRET +- +default$/m)
    assert.match(stdout, /^PERFAGENT_EXIT_MS +500 +default$/m)
    assert.ok(lines.every(line => !line.includes('\x1b')))
  })

  it('options --json: the same for programs', async () => {
    const { code, stdout } = await run(['options', '--json'], {
      PERFAGENT_SLOW_ROUTES: 'GET /x=5',
      PERFAGENT_DISABLE: 'pg,redis'
    })
    assert.equal(code, 0)
    const options = JSON.parse(stdout) as { name: string; variable: string; value: unknown; source: string }[]
    assert.deepEqual(
      options.map(({ name }) => name),
      Object.keys(OPTIONS)
    )
    const named = (name: string) => options.find(option => option.name === name)
    assert.deepEqual(named('slowRoutes'), {
      name: 'slowRoutes',
      variable: 'PERFAGENT_SLOW_ROUTES',
      value: { 'GET /x': 5 },
      source: 'PERFAGENT_SLOW_ROUTES'
    })
    assert.deepEqual(named('disable')?.value, ['pg', 'redis'])
    assert.deepEqual(named('slowMs')?.value, 500)
  })

  for (const args of [['options'], ['options', '--json']]) {
    it(`${args.join(' ')}: secrets are masked, garbage is said on stderr`, async () => {
      const { code, stdout, stderr } = await run(args, {
        PERFAGENT_HTTP_SECRET: 'sesame',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=sesame',
        PERFAGENT_HTTP_ENDPOINT: 'https://me:sesame@host/x?key=sesame',
        PERFAGENT_OTLP_LOGS_HEADERS: 'sesame',
        PERFAGENT_SLOWMS: 'sesame'
      })
      assert.equal(code, 0)
      assert.doesNotMatch(stdout + stderr, /sesame/)
      assert.match(stdout, /https:\/\/\*\*\*@host\/x\?key=\*\*\*/)
      assert.equal(stdout.match(/\*\*\*/g)!.length, 4)
      assert.deepEqual(stderr.trimEnd().split('\n').sort(), [
        '[perfagent] PERFAGENT_OTLP_LOGS_HEADERS=*** is not a list of headers as name=value, percent-encoded and joined by commas; it is ignored',
        '[perfagent] PERFAGENT_SLOWMS is no option; did you mean PERFAGENT_SLOW_MS?'
      ])
    })
  }

  it('what differs from the default stands out where there are colours', async () => {
    const { stdout } = await run(['options'], { FORCE_COLOR: '1', PERFAGENT_SLOW_MS: '70' })
    assert.match(stdout, /^\x1b\[1mPERFAGENT_SLOW_MS /m)
    assert.match(stdout, /^\x1b\[2mPERFAGENT_EXIT_MS /m)
  })

  it('--version', async () => {
    for (const flag of ['--version', '-v']) {
      const { code, stdout, stderr } = await run([flag])
      assert.deepEqual([code, stdout, stderr], [0, `${version}\n`, ''])
    }
  })

  it('--help, and nothing at all', async () => {
    for (const args of [['--help'], ['-h'], []]) {
      const { code, stdout, stderr } = await run(args)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /^ {2}perfagent options \[--json\]\n {6}prints every option/m)
    }
  })

  it('--help of a command, whatever else is asked of it, but not what is meant for the program that it starts', async () => {
    for (const args of [
      ['options', '--help'],
      ['options', '--yaml', '-h']
    ]) {
      const { code, stdout, stderr } = await run(args)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /^perfagent options \[--json\]\n {4}prints every option.*\n$/)
    }
    const { stdout } = await run(['run', '--port', '0', '--', process.execPath, '--help'])
    assert.match(stdout, /^Usage: node/)
  })

  const REFUSED: [args: string[], said: string][] = [
    [
      ['optoins'],
      'perfagent: there is no command optoins, but console, run, tail, fleet, kernel, doctor, options; see perfagent --help\n'
    ],
    [
      ['constructor'],
      'perfagent: there is no command constructor, but console, run, tail, fleet, kernel, doctor, options; see perfagent --help\n'
    ],
    [
      ['__proto__'],
      'perfagent: there is no command __proto__, but console, run, tail, fleet, kernel, doctor, options; see perfagent --help\n'
    ],
    [
      ['a\nb\x1b[2J'],
      'perfagent: there is no command a\\x0ab\\x1b[2J, but console, run, tail, fleet, kernel, doctor, options; see perfagent --help\n'
    ],
    [
      ['--json'],
      'perfagent: there is no command --json, but console, run, tail, fleet, kernel, doctor, options; see perfagent --help\n'
    ],
    [['options', '--yaml'], "perfagent: options: Unknown option '--yaml'; see perfagent --help\n"],
    [['options', '--json=5'], "perfagent: options: Option '--json' does not take an argument; see perfagent --help\n"],
    [['options', 'slowMs'], "perfagent: options: Unexpected argument 'slowMs'; see perfagent --help\n"]
  ]
  for (const [args, said] of REFUSED) {
    it(`${JSON.stringify(args)}: one line and exit code 2`, async () => {
      const { code, stdout, stderr } = await run(args)
      if (args[0] === 'options') assert.match(stderr, /^perfagent: options: [^\n]*; see perfagent --help\n$/)
      assert.deepEqual([code, stdout, stderr], [2, '', said])
    })
  }

  const NOBODY = '2147483647'
  const FAILED: [args: string[], said: RegExp][] = [
    [['tail', '--url', 'localhost:4318'], /^perfagent: tail: --url takes http:\/\/HOST:PORT\n$/],
    [
      ['run', '--host', '192.0.2.1', '--', 'node', '-p', '1'],
      /^perfagent: run: --host 192\.0\.2\.1: the program would send its token over the network in the clear; 0\.0\.0\.0 has the loopback too\n$/
    ],
    [
      ['fleet', '--prometheus', 'ftp://me:sesame@127.0.0.1/'],
      /^perfagent: fleet: --prometheus is not an http:\/\/ or https:\/\/ URL\n/
    ],
    [
      ['fleet', '--prometheus', 'http://me:sesame@127.0.0.1:1/prom/?key=sesame'],
      /^perfagent: fleet: http:\/\/127\.0\.0\.1:1\/prom gives no answer: /
    ],
    [
      ['fleet', '--prometheus', 'http://127.0.0.1:1', '--timeout', '25d'],
      /^perfagent: fleet: --timeout 25d is more than can be waited for: 24d at most\n$/
    ],
    [
      ['kernel', '--pid', NOBODY, '--seconds', '0'],
      /^perfagent: kernel: --seconds takes a number above 0, up to 86400\n/
    ],
    [['kernel', '--pid', NOBODY, '--without', 'disk, x'], /^perfagent: kernel: there is no part x, but .*\bon-cpu\n/]
  ]
  for (const [args, said] of FAILED) {
    it(`${JSON.stringify(args)}: one line and exit code 1`, async () => {
      const { code, stdout, stderr } = await run(args)
      assert.deepEqual([code, stdout, stderr.split('\n').length], [1, '', 2])
      assert.match(stderr, said)
      assert.doesNotMatch(stderr, /sesame/)
    })
  }

  it('kernel takes a process, and no thread of one', async function () {
    if (process.platform !== 'linux') skip(this, 'not Linux')
    const thread = readdirSync('/proc/self/task').find(id => id !== String(process.pid))!
    const { code, stderr } = await run(['kernel', '--pid', thread, '--seconds', '0.1'])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`: ${thread} is a thread of process ${process.pid}: .*--pid ${process.pid}$`, 'm'))
  })

  it('fleet asks below the base of the engine, about the stretch that was asked for, as the user whom the URL names', async () => {
    const asked: { url: string | undefined; login: string | undefined; query: string }[] = []
    const engine = createServer(async (req, res) => {
      const body = new URLSearchParams((await req.toArray()).join(''))
      asked.push({ url: req.url, login: req.headers.authorization, query: String(body.get('query')) })
      res.end('{"status":"success","data":{"resultType":"vector","result":[]}}')
    }).listen(0, '127.0.0.1')
    await once(engine, 'listening')
    const host = `127.0.0.1:${(engine.address() as AddressInfo).port}`
    const { stderr } = await run([
      'fleet',
      '--prometheus',
      `http://me:ses%40me@${host}/prom/?key=sesame`,
      '--last',
      '2h'
    ])
    engine.close()
    assert.match(stderr, new RegExp(`^perfagent: fleet: http://${host}/prom knows no [^\n]*\n$`))
    assert.doesNotMatch(stderr, /ses(?:ame|%40me|@me)/)
    const login = `Basic ${Buffer.from('me:ses@me').toString('base64')}`
    for (const each of asked) assert.deepEqual([each.url, each.login], ['/prom/api/v1/query?key=sesame', login])
    assert.match(asked.at(-1)!.query, /\[7200s\]/)
  })

  it('fleet ends with the first question that the engine refuses, also while others are not answered', async () => {
    let asked = 0
    const engine = createServer((_req, res) => {
      asked++
      if (asked <= 2)
        res.end('{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}')
      else if (asked === 3) res.end('{"status":"error","error":"too many samples"}')
    }).listen(0, '127.0.0.1')
    await once(engine, 'listening')
    const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`
    const args = ['fleet', '--match', 'a="b"', '--timeout', '1h', '--prometheus', url]
    const { code, stderr } = await run(args)
    engine.close()
    engine.closeAllConnections()
    assert.equal(code, 1)
    assert.match(stderr, /^perfagent: fleet: \S+ refuses [^\n]*: too many samples\n$/)
  })

  it('fleet does not follow the engine elsewhere, with keys that are for it alone', async () => {
    const told: string[] = []
    const stranger = createServer(({ headers }, res) => {
      told.push(JSON.stringify(headers))
      res.end('{}')
    }).listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const location = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`
    const engine = createServer((_req, res) => res.writeHead(307, { location }).end()).listen(0, '127.0.0.1')
    await once(engine, 'listening')
    const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`
    const { code, stderr } = await run(['fleet', '--prometheus', url, '--header', 'x-api-key: sesame'])
    stranger.close()
    engine.close()
    assert.deepEqual([code, told], [1, []])
    assert.equal(stderr, `perfagent: fleet: ${url} answers 307 and sends elsewhere: name that place instead\n`)
  })

  for (const result of ['null', '"abc"', '[null]', '[{"metric":null,"value":[1,"5"]}]', '[{"metric":{"a":5}}]', '[5]'])
    it(`fleet says that it is no Prometheus which answers ${result}`, async () => {
      const body = `{"status":"success","data":{"resultType":"vector","result":${result}}}`
      const engine = createServer((_req, res) => res.end(body)).listen(0, '127.0.0.1')
      await once(engine, 'listening')
      const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`
      const { code, stderr } = await run(['fleet', '--prometheus', url])
      engine.close()
      assert.equal(code, 1)
      assert.equal(stderr, `perfagent: fleet: ${url} is no Prometheus: its answer to /api/v1/query is something else\n`)
    })
})
