// Nothing that is a secret leaves: planted in every library's statements, values, URLs, headers and errors, none is in any byte that
// any exporter sends or writes, nor in what the agent says. Single forms: test/scrub/.

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type App, runApp } from '../harness/app.js'
import { startBackend } from '../harness/backend.js'
import { tried } from './table.js'

const PLANTED = 'pl4nted'

describe('of planted secrets', () => {
  for (const [title, PROTOCOL] of [
    ['OTLP in protobuf', 'http/protobuf'],
    ['OTLP in JSON', 'http/json']
  ] as const)
    it(`none leaves by ${title}, HTTP, file or stdout`, async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'perfagent-secrets-'))
      const file = path.join(folder, 'reports.jsonl')
      const backend = await startBackend()
      const app: App = await runApp('secrets.js', {
        backend,
        env: {
          PERFAGENT_EXPORT: 'otlp,http,file,stdout',
          PERFAGENT_OTLP_ENDPOINT: backend.url,
          PERFAGENT_OTLP_PROTOCOL: PROTOCOL,
          PERFAGENT_OTLP_HEADERS: `authorization=${PLANTED}-otlp`,
          PERFAGENT_HTTP_SECRET: `${PLANTED}-http`,
          PERFAGENT_FILE: file,
          PERFAGENT_LOG_LEVEL: 'debug',
          PERFAGENT_SAMPLE_SHARE: '1'
        }
      })
      const headers = { authorization: `Bearer ${PLANTED}`, cookie: `sid=${PLANTED}`, 'x-api-key': PLANTED }
      let planted = 3
      for (let i = 0; i < 2; i++)
        planted += Number((await app.get(`/all?token=${PLANTED}&q=${PLANTED}`, { headers })).body)
      await app.get(`/error?password=${PLANTED}`, { headers })
      const report = await app.reportOf('/all')
      await backend.span(({ attributes }) => attributes['http.route'] === '/all')
      assert.ok(report.operations.length > 50, `${report.operations.length} operations`)
      const { stderr, stdout } = await app.stop({ stderr: /./ })

      const left: string[] = []
      for (const { path: at, body } of backend.received)
        if (body.includes(PLANTED)) left.push(`${at}: ${around(body.toString('latin1'))}`)
      const written = await readFile(file, 'utf8')
      assert.ok(written.length > 1000 && stdout.length > 100)
      if (written.includes(PLANTED)) left.push(`file: ${around(written)}`)
      if (stdout.includes(PLANTED)) left.push(`stdout: ${around(stdout)}`)
      const ours = stderr
        .split('\n')
        .filter(line => line.startsWith('[perfagent]'))
        .join('\n')
      if (ours.includes(PLANTED)) left.push(`stderr: ${around(ours)}`)
      assert.deepEqual(left, [])
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      await rm(folder, { recursive: true })
      await backend.close()
      tried('no planted secret in any exported byte', planted, left.length, PROTOCOL)
    })
})

const around = (text: string): string => {
  const at = text.indexOf(PLANTED)
  return text.slice(Math.max(0, at - 100), at + 40)
}
