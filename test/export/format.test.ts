import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { format } from '../../lib/export/format.js'
import { CAUSES } from '../../lib/types/report.js'
import { rowOf } from '../../lib/verdict/causes/index.js'
import { sampleReport } from '../sample-report.js'

const EXPECTED = `GET /orders/:id  812 ms  200
  Waited 590 ms for a connection: all 10 were held, 7 of them by POST /report (oldest 2.1 s).
  db.pool_wait, measured
  ███████████████████████████████████▓▓▓▓▓▓▓▒▒▒▒░░
  █ db.pool_wait 73 %   ▓ db.slow_query 15 %   ▒ http.slow_peer 8 %   ░ unknown 5 %
   590 ms  connection wait  db.internal:5432/shop
   120 ms  SELECT orders  db.internal:5432/shop
    62 ms  GET inventory:8080
  at render src/report.js:41:9
  by POST /report
  → Shorten what POST /report does while it holds a connection.`

describe('a report for people', () => {
  it('reads well', () => assert.equal(format(sampleReport(), { colors: false }), EXPECTED))

  it('names the worker thread that served the request', () => {
    const headOf = (name: string): string =>
      format(sampleReport({ thread: { id: 3, name } }), { colors: false }).split('\n', 1)[0]!
    assert.match(headOf('api'), /200 {2}worker thread api$/)
    assert.match(headOf(''), /200 {2}worker thread 3$/)
  })

  it('says that its lines count the longest operations alone, where the report has not all', () => {
    const text = format(sampleReport({ dropped: { operations: 502, reports: 0 } }), { colors: false })
    assert.match(text, /GET inventory:8080\n {11}counted in the 5 longest operations\n/)
  })

  it('says the same in colours', () => {
    const text = format(sampleReport(), { colors: true })
    assert.notEqual(text, EXPECTED)
    assert.equal(stripVTControlCharacters(text), EXPECTED)
  })

  it('holds nothing that a terminal would obey', () => {
    const evil = 'x\x1b]0;title\x07\r\n\u202ey'
    const report = sampleReport({ request: { method: evil, route: evil, path: evil, statusCode: null } })
    report.verdict = { ...report.verdict, summary: evil, advice: evil, culprit: { route: evil, statement: evil } }
    report.operations = report.operations.map(operation => ({ ...operation, name: evil, target: evil, error: evil }))
    assert.doesNotMatch(format(report, { colors: false }).replaceAll('\n', ''), /[\x00-\x1f\x7f\u202e]/)
  })

  it('has the sentence and the advice whole, however long', () => {
    const summary = `Waited 590 ms for ${'a connection, '.repeat(40)}and that was it.`
    const advices = CAUSES.flatMap(cause => rowOf(cause).advice.map(({ say }) => say))
    for (const advice of advices) {
      const report = sampleReport()
      report.verdict = { ...report.verdict, summary, advice }
      const text = format(report, { colors: false })
      assert.ok(text.includes(`  ${summary}\n`), text)
      assert.ok(text.endsWith(`→ ${advice}`), text)
    }
  })

  it('is short for a request of which little is known', () => {
    const report = sampleReport({ operations: [], breakdown: [], status: 'running' })
    report.verdict = { ...report.verdict, summary: 'Nobody knows.', advice: '', culprit: null }
    assert.equal(
      format(report, { colors: false }),
      'GET /orders/:id  812 ms  still running  200\n  Nobody knows.\n  db.pool_wait, measured'
    )
  })
})
