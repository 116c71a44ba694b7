// Lines of a logger: in a request they get its ids, and nothing else about any line changes.

import assert from 'node:assert/strict'
import { type App, runApp } from '../harness/app.js'

const TRACE = 'a'.repeat(32)
const SPAN = '[0-9a-f]{16}'

async function lines(env: Record<string, string | undefined>, preload: 'require' | 'none'): Promise<string[]> {
  const app: App = await runApp('logs.js', { env: { PERFAGENT_EXPORT: 'none', ...env }, preload })
  await app.get('/', { headers: { traceparent: `00-${TRACE}-${'b'.repeat(16)}-01` } })
  const { stdout, stderr } = await app.stop({ stderr: /(?:)/ })
  return `${stdout}${stderr}`
    .replace(/"(time|pid|hostname)":("[^"]*"|\d+)/g, '"$1":0')
    .split('\n')
    .filter(line => !line.startsWith('listening'))
}

const IDS = [
  new RegExp(`,?"(?:trace_id":"${TRACE}|span_id":"${SPAN}|trace_flags":"01)"`, 'g'),
  new RegExp(` trace_id=${TRACE} span_id=${SPAN} trace_flags=01`, 'g')
]
const without = (line: string): string => IDS.reduce((text, ids) => text.replace(ids, ''), line)

export function logCases(logger: string, folders: Record<string, string | undefined>): void {
  for (const [version, LIBRARIES] of Object.entries(folders)) {
    describe(`${logger} ${version}`, () => {
      it('has the ids of the trace in lines of a request, and is as without perfagent otherwise', async () => {
        const env = { LOGGER: logger, LIBRARIES }
        const bare = await lines(env, 'none')
        const told = await lines({ ...env, PERFAGENT_LOG_TRACE_IDS: logger }, 'require')
        // Loggers write each in their own time.
        assert.deepEqual(told.map(without).sort(), bare.toSorted())
        for (const line of told) {
          const mustNot = /outside|record has|object is|theirs/.test(line)
          if (mustNot || line.includes('inside')) assert.equal(line.includes(TRACE), !mustNot, line)
        }
        const inside = told.filter(line => line.includes(TRACE))
        assert.ok(inside.length >= 3, told.join('\n'))
        for (const line of inside) if (line.startsWith('{"')) assert.equal(JSON.parse(line).trace_id, TRACE)
      })

      it('is left alone where nobody asks for ids', async () => {
        const env = { LOGGER: logger, LIBRARIES }
        const [told, bare] = [await lines(env, 'require'), await lines(env, 'none')]
        assert.deepEqual(told.sort(), bare.sort())
      })
    })
  }
}
