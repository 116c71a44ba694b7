// The document: nothing secret in it, everything bounded, what is left out counted.

import assert from 'node:assert/strict'
import { toReport } from '../../lib/verdict/report.js'
import {
  block,
  call,
  command,
  evidence,
  explain,
  frame,
  named,
  noEvidence,
  OPEN,
  other,
  own,
  pause,
  poolWait,
  probe,
  query,
  samples,
  stack,
  timeline
} from './timeline.js'

const render = stack('render src/a.js:2:5', 'handler src/server.js:10')

describe('toReport', () => {
  it('names the request and its times', () => {
    const report = explain({ durationMs: 812.44, status: 'aborted', statusCode: null })
    assert.equal(report.version, 1)
    assert.equal(report.kind, 'slow_request')
    assert.equal(report.at, '2026-11-22T00:00:00.000Z')
    assert.equal(report.durationMs, 812.4)
    assert.equal(report.status, 'aborted')
    assert.deepEqual(report.request, {
      method: 'GET',
      route: '/orders/:id',
      path: '/orders/17?page=?',
      statusCode: null
    })
  })

  it('tells operations with name, masked text, place and phases', () => {
    const { operations } = explain({
      durationMs: 700,
      operations: [
        query("SELECT * FROM users WHERE name = 'bob'", 1.26, 5),
        command('get user:17', 6, 7),
        call('GET http://me:pw@stock:8080/items/17?sku=1', 10, 660, {
          spanId: 'b7ad6b7169203331',
          marks: { socket: 12, headers: 600 }
        }),
        poolWait(661, 665, {
          size: 2,
          inUse: 2,
          waiting: 1,
          holders: [
            { request: other('GET /a'), heldMs: 9 },
            { request: null, heldMs: 1 }
          ]
        }),
        named('charge card', 670, OPEN)
      ]
    })
    assert.deepEqual(
      operations.map(({ name, text, startMs, durationMs }) => [name, text, startMs, durationMs]),
      [
        ['SELECT users', 'SELECT * FROM users WHERE name = ?', 1.3, 3.7],
        ['GET user:?', 'GET user:?', 6, 1],
        ['GET stock:8080', 'GET http://stock:8080/items/17?sku=?', 10, 650],
        ['connection wait', 'connection wait', 661, 4],
        ['charge card', 'charge card', 670, null]
      ]
    )
    assert.deepEqual(operations[2]!.phases, { socketMs: 2, firstByteMs: 588, bodyMs: 60 })
    assert.equal(operations[2]!.spanId, 'b7ad6b7169203331')
    assert.deepEqual(operations[3]!.pool, {
      size: 2,
      inUse: 2,
      waiting: 1,
      holders: [{ route: 'GET /a', traceId: '99'.padStart(32, '0'), heldMs: 9 }]
    })
  })

  it('shows no secret, wherever one may stand', () => {
    const report = explain(
      {
        durationMs: 900,
        path: '/login?token=s3cret&s3cret',
        annotations: { apiKey: 's3cret', note: 'password=s3cret', plan: 'gold' },
        operations: [
          query("SELECT 's3cret' -- s3cret", 0, 200, { error: 'near "s3cret"', target: 'bob:s3cret@db:5432' }),
          query('ALTER USER bob IDENTIFIED BY s3cret', 200, 300),
          command('AUTH s3cret', 300, 400),
          command('GET session:s3cret', 400, 450),
          call('GET http://bob:s3cret@stock/items?key=s3cret#s3cret', 450, 880, {
            target: undefined,
            error: 'Bearer s3cret'
          }),
          named('pay with token=s3cret', 880, 890)
        ]
      },
      evidence({ missing: [] })
    )
    assert.ok(!JSON.stringify(report).includes('s3cret'), JSON.stringify(report, null, 1))
    assert.equal(report.annotations['plan'], 'gold')
  })

  it('leaves statements out when they are not to be shown', () => {
    const report = toReport({
      id: 'a',
      timeline: timeline({ durationMs: 600, operations: [query('SELECT * FROM orders', 0, 590)] }),
      evidence: evidence(),
      service: { name: 'shop', version: '1', instance: 'a', host: 'h', pid: 1 },
      root: '/srv/shop',
      config: { sqlText: 'off', redact: [] }
    })
    assert.equal(report.operations[0]!.text, '')
    assert.equal(report.operations[0]!.name, 'SELECT orders')
    assert.equal(report.verdict.culprit?.statement, 'SELECT orders')
  })

  it('keeps the longest operations and counts the rest', () => {
    const report = explain({
      durationMs: 60_000,
      operations: Array.from({ length: 2000 }, (_, i) =>
        query(`SELECT ${'x, '.repeat(900)} FROM t${i}`, i, i + 1 + (i % 3))
      ),
      dropped: { operations: 7, reports: 2 }
    })
    assert.equal(report.operations.length, 500)
    assert.ok(report.operations.every(({ durationMs }) => durationMs! >= 3))
    assert.deepEqual(report.dropped, { operations: 1507, reports: 2 })
    assert.ok(report.operations.every(({ text }) => text.length <= 2000))
  })

  it('tells of each stack what of it was the own code: the rest ran while the request waited', () => {
    const report = explain(
      { durationMs: 900, ownTurns: [[0, 100]], operations: [query('SELECT 1', 100, 890)] },
      evidence({ cpu: samples([0, 150, [frame('parse src/a.js:3')]], [500, 550, [frame('other src/b.js:1')]]) })
    )
    const told = report.evidence.cpu!.stacks.map(({ frames, ms, ownMs }) => [frames[0]!.function, ms, ownMs])
    assert.deepEqual(told, [
      ['parse', 150, 100],
      ['other', 50, 0]
    ])
  })

  it('has no stack that was seen at another time alone', () => {
    const cpu = samples([0, 50, [frame('parse src/a.js:3')]], [700, 750, [frame('other src/b.js:1')]])
    const report = explain({ durationMs: 600 }, evidence({ cpu }))
    assert.deepEqual(
      report.evidence.cpu!.stacks.map(({ frames, samples }) => [frames[0]!.function, samples]),
      [['parse', 5]]
    )
  })

  it('shows evidence in short: hottest stacks, blocks with names, pauses', () => {
    const deep = Array.from({ length: 100 }, (_, i) => frame(`f${i} src/deep.js:${i + 1}`))
    const report = explain(
      { durationMs: 900 },
      evidence({
        pauses: [pause(10, 30), pause(40, 45)],
        cpu: samples(
          ...Array.from({ length: 30 }, (_, i): [number, number, typeof deep] => [
            i * 20,
            i * 20 + (i === 7 ? 20 : 10),
            deep
          ])
        ),
        blocks: [
          block(
            100,
            400,
            probe(140, own, render),
            probe(200, other('GET /a'), render),
            probe(300, other('GET /a'), render)
          )
        ],
        loop: { delayMaxMs: 300.04, utilizationShare: 0.81234 }
      })
    )
    const { cpu, blocks, gc, loop, kernel } = report.evidence
    assert.ok(cpu)
    assert.equal(cpu.samples, 31)
    assert.equal(cpu.stacks.length, 20)
    assert.equal(cpu.stacks[0]!.ms, 20)
    assert.equal(cpu.stacks[0]!.frames.length, 64)
    assert.deepEqual(cpu.stacks[0]!.frames[0], { function: 'f0', file: 'src/deep.js', line: 1, column: 0 })
    assert.deepEqual(blocks, [
      {
        startMs: 100,
        durationMs: 300,
        route: 'GET /a',
        traceId: '99'.padStart(32, '0'),
        frame: { function: 'render', file: 'src/a.js', line: 2, column: 5 },
        probes: 3
      }
    ])
    assert.deepEqual(gc, { count: 2, totalMs: 25, maxMs: 20 })
    assert.deepEqual(loop, { delayMaxMs: 300, utilizationShare: 0.344 })
    assert.equal(kernel, null)
  })

  it('says which evidence is missing', () => {
    const { evidence: shown } = explain({ durationMs: 600 }, noEvidence('cpu profile: switched off'))
    assert.equal(shown.cpu, null)
    assert.equal(shown.loop, null)
    assert.deepEqual(shown.missing, ['cpu profile: switched off'])
  })

  it('is bounded for a hostile request', () => {
    const long = 'x'.repeat(1_000_000)
    const report = explain({
      durationMs: 60_000,
      path: `/${long}?${'a=1&'.repeat(100_000)}`,
      route: long,
      method: long,
      operations: [
        query(`SELECT '${long}`, 0, 1, { error: long, target: long }),
        command(`GET ${long}`, 1, 2),
        call(`GET http://${long}/${long}`, 2, 3),
        named(long, 3, 4)
      ]
    })
    assert.ok(JSON.stringify(report).length < 20_000)
  })
})
