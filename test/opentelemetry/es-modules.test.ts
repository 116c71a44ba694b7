// A foreign instrumentation of a package that is ES modules alone: the hooks on imports are OpenTelemetry's own, set up as its
// documents say; perfagent is the provider.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { runApp } from '../harness/app.js'
import { REGISTER, ROOT } from '../harness/program.js'

const FILES = {
  'node_modules/pure/package.json': '{ "name": "pure", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/pure/index.js': 'export const work = () => new Promise(resolve => setTimeout(resolve, 100, "done"))',
  'setup.mjs': `
    import { register } from 'node:module'
    import { trace } from '@opentelemetry/api'
    import { InstrumentationBase, InstrumentationNodeModuleDefinition, registerInstrumentations } from '@opentelemetry/instrumentation'

    register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, { data: { include: ['pure'] } })
    class PureInstrumentation extends InstrumentationBase {
      constructor() { super('pure-instrumentation', '1.0.0', {}) }
      init() {
        const patch = exports => {
          const { work } = exports
          exports.work = () => this.tracer.startActiveSpan('pure work', span => work().finally(() => span.end()))
          return exports
        }
        return new InstrumentationNodeModuleDefinition('pure', ['>=1'], patch)
      }
    }
    registerInstrumentations({ instrumentations: [new PureInstrumentation()] })`,
  'app.mjs': `
    import http from 'node:http'
    import { work } from 'pure'

    const server = http.createServer(async (_, response) => response.end(await work()))
    server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
    process.once('disconnect', () => server.close())`
}

describe('a foreign instrumentation of ES modules', () => {
  it('has its spans in the timeline', async () => {
    // Inside the repository, where OpenTelemetry's packages are found.
    mkdirSync(path.join(ROOT, 'test-results'), { recursive: true })
    const folder = mkdtempSync(path.join(ROOT, 'test-results/esm-'))
    try {
      for (const [name, text] of Object.entries(FILES)) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        writeFileSync(path.join(folder, name), text)
      }
      const imports = [pathToFileURL(REGISTER).href, pathToFileURL(path.join(folder, 'setup.mjs')).href]
      const app = await runApp(path.join(folder, 'app.mjs'), {
        preload: 'none',
        nodeArgs: ['--no-deprecation', ...imports.flatMap(url => ['--import', url])]
      })
      assert.equal((await app.get('/')).body, 'done')
      const { operations } = await app.report()
      assert.deepEqual(
        operations.map(({ name, span }) => [name, span?.scope.name]),
        [['pure work', 'pure-instrumentation']]
      )
      await app.stop()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
