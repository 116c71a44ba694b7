// The page in a real browser, on the data of the demo: a person must see the planted causes by name. Screenshots go to
// test-results/ for a person to look at. Skipped, with the reason, where there is no Chromium.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { ServiceSums, Sums } from '../../lib/fleet/sums.js'
import { ROOT } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { anyReport, openConsole, type Subject } from './console.js'

const SHOTS = path.join(ROOT, 'test-results')
const MAX_PAGE_BYTES = 80 * 1024
const BUILT = path.join(ROOT, 'dist/page/page.js')

const CHROMIUM = [
  process.env['PERFAGENT_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome'
].find(file => file && existsSync(file))

/** What has the demo run before whatever else the machine does, where that is allowed: then what it plants is what made it slow. */
const inFront = (): string[] => (spawnSync('chrt', ['--rr', '1', 'true']).status === 0 ? ['chrt', '--rr', '1'] : [])

describe('the page', function () {
  this.timeout(180_000)
  let browser: Browser
  let page: Page
  /** What the browser complained about, and whom else it asked. */
  let complaints: string[]
  before(async function () {
    if (!CHROMIUM) skip(this, 'the page: there is no Chromium (PERFAGENT_TEST_CHROMIUM names one)')
    if (!existsSync(BUILT)) await once(spawn(process.execPath, ['scripts/page.mjs'], { cwd: ROOT }), 'exit')
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  })
  after(() => browser?.close())
  beforeEach(async () => {
    complaints = []
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(String(error.stack)))
    page.on('request', request => {
      if (!/^(http:\/\/127\.0\.0\.1:|data:)/.test(request.url())) complaints.push(`asked for ${request.url()}`)
    })
  })
  afterEach(async () => {
    await page.close()
    assert.deepEqual(complaints, [])
  })

  const text = (): Promise<string> => page.locator('main').innerText()
  const shot = (name: string): Promise<unknown> =>
    page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true })
  const has = (said: string, ...parts: (string | RegExp)[]): void => {
    for (const part of parts)
      assert.match(said, part instanceof RegExp ? part : new RegExp(literally(part)), String(part))
  }
  const literally = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

  describe('on the data of the demo', () => {
    let demo: ChildProcess
    let url: string
    before(async function () {
      const [first = '', ...others] = [...inFront(), process.execPath, 'scripts/demo.mjs', '--open', '--built']
      demo = spawn(first, others, {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'inherit']
      })
      let output = ''
      demo.stdout!.setEncoding('utf8').on('data', chunk => {
        output += chunk
      })
      const up = /(http:\S+) shows all of it/
      const ended = once(demo, 'exit')
      while (!up.test(output) && demo.exitCode === null) await Promise.race([once(demo.stdout!, 'data'), ended])
      if (!up.test(output)) throw new Error(`the demo did not come up:\n${output}`)
      url = up.exec(output)![1]!
      // Where that is so of each wrong step, requests were slow for that, and the page says so.
      const wrong = [...output.matchAll(/^✘ .*\n +(.*)$/gm)].map(([, said]) => said!)
      const contended = wrong.length > 0 && wrong.every(said => said.endsWith('(other programs had the CPU each time)'))
      if (contended) skip(this, 'other programs had the CPUs all the time')
    })
    after(async () => {
      demo?.kill('SIGTERM')
      if (demo?.exitCode === null) await once(demo, 'exit')
    })

    it('says where the bottleneck is', async () => {
      await page.goto(url)
      await page.waitForSelector('.findings')
      await page.waitForSelector('.service.limits')
      const said = await text()
      // The bound is told from metrics: by then those of the demo's agents are here.
      has(said, 'Where is the bottleneck?', /orders adds \d+ % of the time/, /saturate[sd] its/)
      has(said, 'db.pool_wait', 'db.n_plus_one', 'cpu.own', 'loop.blocked', 'db.slow_query')
      has(said, 'POST /report', /held for \d+ ms by GET \/export \(renderCsv/, /Ran 1000 like statements/)
      const map = await page.locator('.map').innerText()
      has(map, 'gateway', 'orders', 'inventory', 'postgresql')
      await shot('bottleneck')
      await page.emulateMedia({ colorScheme: 'dark' })
      await shot('bottleneck-dark')
    })

    it('shows slow requests as points and by route, and filters them by an area', async () => {
      await page.goto(`${url}/requests`)
      await page.waitForSelector('.scatter canvas')
      has(await text(), 'POST /report', 'GET /stock/:id', 'loop.blocked', /\d+ slow requests/)
      await shot('requests')
      const box = (await page.locator('.u-over').boundingBox())!
      await page.mouse.move(box.x + 1, box.y + 1)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width / 2, box.y + box.height - 2, { steps: 5 })
      await page.mouse.up()
      await page.waitForURL(/from=\d+&to=\d+&min=\d+&max=\d+/)
      await page.keyboard.press('Escape')
      await page.waitForURL(/\/requests$/)
      await page.locator('.legend button', { hasText: 'loop.blocked' }).click()
      await page.waitForURL(/cause=loop\.blocked/)
      // None is there while the page asks for them.
      await page.locator('tbody tr:only-child').waitFor()
      has(await text(), /\b\d+ slow requests?\b/, 'GET /stock/:id')
    })

    // By the cause at its beginning: on a busy machine others name these causes too, as their second.
    const REQUESTS: { finding: RegExp; name: string; see: (string | RegExp)[] }[] = [
      {
        finding: /^loop\.blocked\s*GET \/stock\/:id/,
        name: 'loop-blocked',
        see: [
          'GET /stock/:id',
          'The event loop was held',
          'renderCsv',
          /gateway\s*orders\s*inventory/,
          'Event loop',
          'measured'
        ]
      },
      {
        finding: /^db\.pool_wait\s*GET \/orders\/:id/,
        name: 'pool-wait',
        see: ['Pool', '4 of 4 in use', 'held by POST /report', 'connection wait']
      },
      {
        finding: /^db\.n_plus_one/,
        name: 'n-plus-one',
        see: ['N+1', /▸ \d+ × SELECT items/, /SELECT name, price FROM items/]
      },
      { finding: /^cpu\.own/, name: 'cpu-own', see: ['renderCsv', /inventory\.js:\d+/, 'CPU', '.cpuprofile'] }
    ]
    for (const { finding, name, see } of REQUESTS) {
      it(`says why one request was slow: ${name}`, async () => {
        await page.goto(url)
        await page.locator('.findings a', { hasText: finding }).first().click()
        await page.waitForSelector('.waterfall .line')
        const said = await text()
        has(said, ...see)
        await shot(`request-${name}`)
      })
    }

    it('draws the flame graph, zooms into it, and finds in it', async () => {
      await page.goto(url)
      await page
        .locator('.findings a', { hasText: /^cpu\.own/ })
        .first()
        .click()
      const flame = page.locator('canvas.flame')
      await flame.waitFor()
      const box = (await flame.boundingBox())!
      // Samples of other stacks may be deeper: the row is looked for.
      const label = page.locator('.panel .filters .right')
      let row = Math.round(box.height / 20)
      do await flame.hover({ position: { x: box.width / 2, y: (--row + 0.5) * 20 } })
      while (row > 0 && !/^renderCsv\s+inventory\.js:\d+\s+\d/.test(await label.innerText()))
      assert.ok(row > 0, 'no row names renderCsv')
      await flame.click({ position: { x: box.width / 2, y: (row + 0.5) * 20 } })
      await page.locator('.panel .chip', { hasText: 'renderCsv' }).waitFor()
      await page.getByLabel('Search functions').fill('renderCsv')
      has(await text(), /in \d\d+ % of the samples/)
    })

    it('says what to fix first', async () => {
      await page.goto(`${url}/code`)
      await page.waitForSelector('.rows')
      has(await text(), /renderCsv in inventory\.js:\d+ of inventory: [\d.]+ m?s of/)
      await shot('code')
    })

    it('goes by keys, and back', async () => {
      await page.goto(url)
      await page.waitForSelector('.findings')
      await page.keyboard.press('2')
      await page.waitForURL(/\/requests$/)
      await page.waitForSelector('[data-row]')
      await page.keyboard.press('j')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/requests\/[0-9a-f]{32}-[0-9a-f]{16}$/)
      await page.waitForSelector('.waterfall')
      await page.keyboard.press('Escape')
      await page.waitForURL(/\/requests$/)
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    })
  })

  describe('on data of its own', () => {
    let subject: Subject
    beforeEach(async () => {
      subject = await openConsole()
    })
    afterEach(async () => {
      // A stream that breaks is an error to the browser.
      await page.goto('about:blank')
      await subject.close()
    })

    it('says how to begin, and shows what comes while it is open', async () => {
      await page.goto(subject.url)
      await page.getByText('Waiting for slow requests').waitFor()
      await shot('empty')
      await subject.send([anyReport()])
      await page.getByText('Where is the bottleneck?').waitFor()
      has(await text(), 'Waited 590 ms for a connection')
    })

    it('looks the same, whether the system or whoever reads it wants it dark', async () => {
      const colours = (): Promise<string[]> =>
        page.evaluate(`(() => {
          const of = element => getComputedStyle(element)
          const named = 'back panel text dim line hover accent bad good mark'.split(' ').map(name => {
            document.body.style.outlineColor = 'var(--' + name + ')'
            return of(document.body).outlineColor
          })
          // What draws on a canvas reads the text of these.
          const context = document.createElement('canvas').getContext('2d')
          const drawn = ['--dim', '--line'].map(name => {
            context.fillStyle = of(document.documentElement).getPropertyValue(name)
            return context.fillStyle
          })
          return [of(document.body).backgroundColor, ...drawn, ...named]
        })()`)
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(subject.url)
      await page.waitForSelector('main')
      const light = await colours()
      assert.deepEqual(light.slice(0, 3), ['rgb(246, 247, 248)', '#66707c', '#e3e6ea'])
      await page.emulateMedia({ colorScheme: 'dark' })
      const dark = await colours()
      assert.deepEqual(dark.slice(0, 3), ['rgb(20, 23, 26)', '#98a2ad', '#30363c'])
      await page.keyboard.press('d')
      assert.deepEqual(await colours(), light)
      await page.emulateMedia({ colorScheme: 'light' })
      await page.keyboard.press('d')
      assert.deepEqual(await colours(), dark)
    })

    it('shows everything as text', async () => {
      const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
      const report = anyReport()
      report.request = { ...report.request, route: evil }
      report.verdict = {
        ...report.verdict,
        summary: evil,
        advice: evil,
        culprit: { ...report.verdict.culprit, statement: evil }
      }
      report.service = { ...report.service, name: evil }
      report.operations[0]!.name = evil
      await subject.send([report])
      for (const address of ['/', '/requests', `/requests/${report.traceId}-${report.spanId}`, '/code', '/compare']) {
        await page.goto(subject.url + address)
        await page.waitForSelector('main > *')
        assert.equal(await page.locator('main img, main script').count(), 0, address)
        assert.equal(await page.title(), 'perfagent')
      }
    })

    it('says how much load the bottleneck takes, and marks it in the map', async () => {
      const now = Date.now()
      const origin = (service: string) => ({ service, version: '', instance: `${service}-1`, ours: true })
      const metric = (service: string, name: string, kind: 'gauge' | 'delta', value: number, count = 0): void => {
        for (const ago of [120_000, 60_000, 0]) {
          const [startMs, atMs] = [now - ago - 60_000, now - ago]
          subject.store.addMetric({ name, origin: origin(service), attributes: {}, kind, startMs, atMs, value, count })
        }
      }
      for (const [service, requests, busy] of [
        ['gateway', 18_600, 0.31],
        ['orders', 18_600, 0.72],
        ['inventory', 9000, 0.12]
      ] as const) {
        metric(service, 'http.server.request.duration', 'delta', requests / 25, requests)
        metric(service, 'nodejs.eventloop.utilization', 'gauge', busy)
        metric(service, 'process.cpu.time', 'delta', busy * 66)
      }
      const span = (spanId: string, parentSpanId: string, service: string, from: number, to: number): void =>
        subject.store.addSpan({
          traceId: 'a',
          spanId,
          parentSpanId,
          kind: service.endsWith('>') ? 'client' : 'server',
          name: 'GET /',
          origin: origin(service.replace('>', '')),
          startMs: now - 100 + from,
          endMs: now - 100 + to,
          failed: false,
          attributes: {}
        })
      span('1', '', 'gateway', 0, 100)
      span('2', '1', 'gateway>', 5, 95)
      span('3', '2', 'orders', 6, 94)
      span('4', '3', 'orders>', 20, 40)
      span('5', '4', 'inventory', 21, 39)
      await page.goto(subject.url)
      await page.waitForSelector('.service.limits')
      has(await text(), 'orders saturates its event loop at about 431 requests/s; it serves 310.', 'orders adds')
      has(await page.locator('.service.limits').innerHTML(), 'orders')
      await shot('bottleneck-metrics')
    })

    it('shows what a metrics engine tells of a fleet, or why there is nothing', async () => {
      const names = ['web', 'orders']
      const services = names.map((service, i): ServiceSums => {
        const resources = [{ resource: 'event loop', busySeconds: 300 + 500 * i, capacity: 2 }]
        const sums = { service, instances: 2, requests: 60_000, failed: 0, seconds: 900, ownSeconds: 100 + 700 * i }
        return { ...sums, entryRequests: 0, p50Ms: 9, p99Ms: 40, slowOnly: false, byCause: {}, resources, waited: [] }
      })
      const counted = { requests: 60_000, failed: 0, seconds: 800, p50Ms: undefined, p99Ms: undefined, sampled: false }
      const calls = [{ from: 'web', to: 'orders', system: 'service', ...counted }]
      let engine: () => Promise<Sums> = async () => ({ fromMs: 0, toMs: 900_000, services, calls })
      const fleet = await openConsole({ askFleet: () => engine() })
      await page.goto(fleet.url)
      await page.waitForSelector('.service.limits')
      has(await text(), 'orders adds 89 % of the time', 'orders saturates its event loop at about 150 requests/s')
      has(await page.locator('.map').innerText(), 'web', '66.7/s, 13 ms')
      await shot('bottleneck-fleet')
      await page.goto('about:blank')
      await fleet.close()

      engine = () => Promise.reject(new Error('http://engine gives no answer'))
      const silent = await openConsole({ askFleet: () => engine() })
      await page.goto(silent.url)
      await page.getByText('http://engine gives no answer.').waitFor()
      await page.goto('about:blank')
      await silent.close()
      // The browser tells of the status too.
      complaints = complaints.filter(each => !each.includes('502'))
    })

    it('tells in full what it cuts, where the pointer is', async () => {
      const long = (what: string): string => `${what}-of-the-department-that-has-the-longest-names-of-all`
      const report = anyReport()
      report.service = { ...report.service, name: long('orders') }
      report.operations = report.operations.map(each => ({ ...each, name: long('SELECT') }))
      await subject.send([report])
      await page.goto(subject.url)
      await page.waitForSelector('.map')
      const cut = (): Promise<{ shown: string; told: string }[]> =>
        page.evaluate(`(() => {
          const isCut = each => each instanceof SVGElement
            ? each.firstChild.textContent.includes('…')
            : getComputedStyle(each).textOverflow === 'ellipsis' && each.scrollWidth > each.clientWidth
          return [...document.querySelectorAll('main text, main td, main span, main div')].filter(isCut).map(each => ({
            shown: each.firstChild.textContent.replace('…', ''),
            told: each.querySelector('title')?.textContent ?? each.closest('[title]')?.title ?? ''
          }))
        })()`)
      const first = await cut()
      await page.goto(`${subject.url}/requests/${report.traceId}-${report.spanId}`)
      await page.waitForSelector('.waterfall .line')
      const all = [...first, ...(await cut())]
      assert.ok(first.length >= 2 && all.length > first.length, JSON.stringify(all))
      for (const { shown, told } of all) assert.ok(told.includes(shown), JSON.stringify({ shown, told }))
    })

    it('shows what the kernel saw, and what the slow peer says of itself', async () => {
      const inner = anyReport()
      const outer = anyReport({ traceId: inner.traceId, operations: [] })
      inner.parentSpanId = outer.spanId
      inner.service = { ...inner.service, name: 'stock' }
      outer.verdict = { ...outer.verdict, cause: 'http.slow_peer', summary: 'stock answered late.' }
      await subject.send([outer, inner])
      const frame = (name: string) => ({ function: name, file: '', line: 0, column: 0 })
      const part = { startMs: 10, durationMs: 485, title: 'read' }
      subject.store.addKernel(
        `${outer.traceId}-${outer.spanId}`,
        JSON.stringify({
          version: 1,
          findings: [{ kind: 'call', ms: 485, sentence: 'The main thread was 485 ms in read of the FIFO …/app/f.' }],
          strips: [{ name: 'main thread slept', parts: [part] }],
          onCpu: [],
          offCpu: [{ frames: ['pipe_read', 'uv_fs_read', 'main'].map(frame), samples: 47, ms: 485 }]
        })
      )
      await page.goto(`${subject.url}/requests/${outer.traceId}-${outer.spanId}`)
      await page.waitForSelector('.named-strip .strip i')
      const said = await text()
      has(said, 'stock answered late.', /stock GET \/orders\/:id: Waited 590 ms/, 'in read of the FIFO', 'Off-CPU')
      await shot('request-kernel')
    })

    it('draws own and other code apart, and stays where one has zoomed when news comes', async () => {
      const report = anyReport({ operations: [] })
      const stack = (name: string, ms: number, ownMs: number) => {
        const frames = [{ function: name, file: 'src/a.js', line: 3, column: 1 }]
        return { frames, samples: ms, ms, ownMs }
      }
      report.evidence = {
        ...report.evidence,
        cpu: {
          samples: 500,
          intervalMs: 1,
          coverageShare: 1,
          stacks: [stack('crunch', 300, 0), stack('parse', 200, 180)]
        }
      }
      await subject.send([report])
      await page.goto(`${subject.url}/requests/${report.traceId}-${report.spanId}`)
      const flame = page.locator('canvas.flame')
      const { width } = (await flame.boundingBox())!
      const shows = async (share: number, row: number, what: RegExp): Promise<void> => {
        await flame.hover({ position: { x: width * share, y: (row + 0.5) * 20 } })
        await page.getByText(what).waitFor()
      }
      await shows(0.3, 1, /^other code, while it waited\s+320 ms$/)
      await shows(0.9, 1, /^this request\s+180 ms$/)
      await shows(0.9, 2, /^parse\s+src\/a\.js:3\s+180 ms$/)
      await flame.click({ position: { x: width * 0.9, y: 30 } })
      await page.locator('.chip', { hasText: 'this request' }).waitFor()
      const asked = page.waitForResponse(response => response.url().includes(report.spanId))
      await subject.send([anyReport()])
      await (await asked).finished()
      await shows(0.1, 2, /^parse\s+src\/a\.js:3\s+180 ms$/)
    })

    it('compares two versions, and does not tell noise as news', async () => {
      const version = (name: string, ms: number): Promise<void> =>
        subject.send(
          Array.from({ length: 40 }, (_, i) => {
            const extra = ms + (i % 10) * 10
            const report = anyReport({ durationMs: 600 + extra })
            report.service = { ...report.service, version: name }
            report.breakdown = [
              { cause: 'db.slow_query', ms: extra, share: 0.4, detail: '' },
              { cause: 'gc', ms: 600 + (i % 7), share: 0.6, detail: '' }
            ]
            return report
          })
        )
      await version('1.0.0', 100)
      await version('1.1.0', 300)
      await page.goto(`${subject.url}/compare?service=orders&before.version=1.0.0&after.version=1.1.0`)
      await page.waitForSelector('.rows')
      const said = await text()
      has(said, 'GET /orders/:id of orders is 200 ms slower: db.slow_query +200 ms.')
      assert.equal(await page.locator('.slower').count(), 2)
      await shot('compare')
    })

    it('shows the options of a running process, changes them, and says what is wrong', async () => {
      const question = (source: string, text: string): string =>
        JSON.stringify({
          service: { name: 'orders', version: '1.4.2', instance: 'i', host: 'h', pid: 71 },
          options: [
            { name: 'slowMs', text, source, live: true },
            { name: 'disable', text: '', source: 'default', live: true },
            { name: 'file', text: '/tmp/x', source: 'code', live: false }
          ],
          instrumentations: ['http', 'pg'],
          problems: []
        })
      const headers = { 'content-type': 'application/json' }
      const asks = async (source: string, text: string): Promise<string> =>
        (
          await subject.ask('/perfagent/options', { method: 'POST', headers, body: question(source, text) })
        ).body.toString()
      await asks('default', '500')
      await page.goto(`${subject.url}/options`)
      const slowMs = page.getByLabel('slowMs')
      await slowMs.fill('soon')
      await slowMs.press('Enter')
      await page.getByText('slowMs: "soon" is not a number of milliseconds, at least 1, or auto').waitFor()
      await slowMs.fill('200')
      await slowMs.press('Enter')
      await page.getByText('waits for the process to ask: 200').waitFor()
      await page.getByText('2 instrumentations').click()
      await page.getByLabel('pg', { exact: true }).uncheck()
      await page.getByText('waits for the process to ask: pg').waitFor()
      assert.equal(await asks('default', '500'), '{"options":{"slowMs":200,"disable":["pg"]}}')
      await asks('console', '200')
      await page.getByText('by this console').waitFor()
      has(await text(), 'orders', 'pid 71 on h', 'file=/tmp/x (code)')
      await shot('options')
      await page.getByText('Take back').first().click()
      await page.getByText('being taken back').waitFor()
      assert.equal(await asks('console', '200'), '{"options":{"disable":["pg"]}}')
      // The browser tells of the refusal too.
      complaints = complaints.filter(each => !each.includes('400'))
    })

    it('is usable with thousands of rows', async () => {
      for (let batch = 0; batch < 10; batch++) {
        await subject.send(
          Array.from({ length: 300 }, (_, i) => {
            const request = { method: 'GET', route: `/route/${batch * 300 + i}`, path: '/', statusCode: 200 }
            return anyReport({ request, operations: [], at: new Date(Date.now() - i * 1000).toISOString() })
          })
        )
      }
      await page.goto(`${subject.url}/requests`)
      await page.waitForSelector('tbody tr:nth-child(1000)')
      await page.keyboard.press('/')
      await page.keyboard.type('/route/299')
      await page.locator('tbody tr:nth-child(20)').waitFor({ state: 'detached' })
    })
  })
})

describe('the built page', () => {
  it('is small', function () {
    if (!existsSync(BUILT)) skip(this, 'the page is not built')
    const bytes = ['page.js', 'page.css', 'index.html'].reduce(
      (sum, file) => sum + gzipSync(readFileSync(path.join(ROOT, 'dist/page', file))).length,
      0
    )
    assert.ok(bytes < MAX_PAGE_BYTES, `${bytes} bytes with gzip`)
  })
})
