// What is kept of texts that are longer than anybody reads: 100 of 1 MB, all different, told in every way.

import assert from 'node:assert/strict'
import path from 'node:path'
import { ROOT, runProgram } from '../harness/program.js'

const WAYS = {
  'attributes of a span': "span.setAttribute('statement', text)",
  'the name of a span': 'span.updateName(text)',
  'the status of a span': 'span.setStatus({ code: 2, message: text })',
  'an exception of a span': "span.recordException({ name: 'Error', message: text, stack: text })",
  'an event of a span': 'span.addEvent(text)',
  'attributes of a metric': 'counter.add(1, { text })',
  'the error of an operation': "perfagent.operation('insert', () => Promise.reject(new Error(text))).catch(() => {})",
  annotations: "perfagent.annotate('text' + (i % 30), text)"
}

const program = (way: string): string => `
const perfagent = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))})
const { trace, metrics } = require(${JSON.stringify(path.join(ROOT, 'node_modules/@opentelemetry/api'))})
const counter = metrics.getMeter('program').createCounter('told')
perfagent.request('a job', async () => {
  for (let i = 0; i < 100; i++) {
    const text = Buffer.alloc(1e6, i + ' ').toString('latin1')
    const span = trace.getTracer('program').startSpan('insert')
    ${way}
    span.end()
    // What was awaited lets go of it.
    await new Promise(setImmediate)
  }
  global.gc()
  process.stdout.write(String(process.memoryUsage().heapUsed))
  process.exit()
})
`

describe('of long texts nothing is kept but what is shown of them', () => {
  for (const [what, way] of Object.entries(WAYS)) {
    it(what, async () => {
      const { stdout, stderr } = await runProgram(undefined, {
        nodeArgs: ['--expose-gc', '-e', program(way)],
        env: { PERFAGENT_OTLP_ENDPOINT: 'http://127.0.0.1:9', PERFAGENT_EXIT_MS: '0', PERFAGENT_LOG_LEVEL: 'none' }
      })
      assert.ok(Number(stdout) > 0 && Number(stdout) < 30e6, `${stdout} bytes\n${stderr}`)
    })
  }
})
