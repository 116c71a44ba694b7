import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { original } from '../../lib/evidence/sourcemap.js'
import type { Frame } from '../../lib/types.js'
import { LIMITS } from '../../lib/worker/thread.js'
import { skip } from '../harness/skip.js'

/** Line 1 of the generated code, columns 0 and 9, come from lines 10 and 20 of src/app.ts. */
const MAP = { version: 3, sources: ['src/app.ts'], names: [], mappings: 'AASA,SAUI' }

describe('a frame of generated code', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'perfagent-map-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const write = (name: string, code: string): string => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), code)
    return join(folder, name)
  }
  const frame = (file: string, line: number, column: number): Frame => ({ function: 'f', file, line, column })

  it('is shown where it was written, by a map beside it', () => {
    write('beside.js.map', JSON.stringify(MAP))
    const file = write('beside.js', 'one();   two()\n//# sourceMappingURL=beside.js.map\n')
    assert.deepEqual(original(frame(file, 1, 10)), {
      function: 'f',
      file: join(folder, 'src/app.ts'),
      line: 20,
      column: 5
    })
  })

  it('is shown where it was written, by an inline map', () => {
    const inline = Buffer.from(JSON.stringify(MAP)).toString('base64')
    const file = write('inline.js', `one();   two()\n//# sourceMappingURL=data:application/json;base64,${inline}\n`)
    assert.equal(original(frame(file, 1, 1)).line, 10)
  })

  it('without a column is shown by the last mapping of its line', () => {
    write('line.js.map', JSON.stringify(MAP))
    const file = write('line.js', 'one();   two()\n//# sourceMappingURL=line.js.map')
    assert.deepEqual(original(frame(file, 1, 0)), {
      function: 'f',
      file: join(folder, 'src/app.ts'),
      line: 20,
      column: 0
    })
  })

  it('is shown where it was written, by a map and sources whose names are encoded as in a URL', () => {
    write('[id].js.map', JSON.stringify({ ...MAP, sources: ['src/%5Bid%5D.ts'] }))
    const file = write('[id].js', 'one();   two()\n//# sourceMappingURL=%5Bid%5D.js.map\n')
    assert.equal(original(frame(file, 1, 10)).file, join(folder, 'src/[id].ts'))
  })

  for (const sourceRoot of ['../src/', '../src', null])
    it(`is shown below its map's sourceRoot ${sourceRoot}`, () => {
      const sources = [sourceRoot === null ? '../src/app.ts' : 'app.ts']
      write('out/rooted.js.map', JSON.stringify({ ...MAP, sources, sourceRoot }))
      const file = write(
        `out/${sources[0]!.length}-${sourceRoot?.length}.js`,
        'one();   two()\n//# sourceMappingURL=rooted.js.map\n'
      )
      assert.equal(original(frame(file, 1, 10)).file, join(folder, 'src/app.ts'))
    })

  it('is shown by its address, whatever the sourceRoot, where the source has a whole one', () => {
    const source = `file://${join(folder, 'src/whole.ts')}`
    write('whole.js.map', JSON.stringify({ ...MAP, sources: [source], sourceRoot: '/elsewhere' }))
    const file = write('whole.js', 'one();   two()\n//# sourceMappingURL=whole.js.map\n')
    assert.equal(original(frame(file, 1, 10)).file, join(folder, 'src/whole.ts'))
  })

  it('is shown from where its map lies, in a folder of its own', () => {
    write('maps/deep/far.js.map', JSON.stringify({ ...MAP, sources: ['../../src/app.ts'] }))
    const file = write('out/far.js', 'one();   two()\n//# sourceMappingURL=../maps/deep/far.js.map\n')
    assert.equal(original(frame(file, 1, 10)).file, join(folder, 'src/app.ts'))
  })

  it("is shown where it was written, by webpack's map: in the package, or where the source is", () => {
    write('package.json', '{}')
    const bundle = (name: string): string => {
      write(`${name}.map`, JSON.stringify({ ...MAP, sources: ['webpack://shop/./src/app.ts?1a2b'] }))
      return write(name, `one();   two()\n//# sourceMappingURL=${name.split('/').at(-1)}.map\n`)
    }
    assert.equal(original(frame(bundle('dist/main.js'), 1, 10)).file, join(folder, 'src/app.ts'))
    write('apps/web/src/app.ts', '')
    assert.equal(original(frame(bundle('apps/web/dist/main.js'), 1, 10)).file, join(folder, 'apps/web/src/app.ts'))
  })

  it("of a package whose map leads out of it stays as it is, and is not shown as the application's", () => {
    write('node_modules/@shop/orm/query.js.map', JSON.stringify({ ...MAP, sources: ['../../../src/query.ts'] }))
    const file = write('node_modules/@shop/orm/query.js', 'one();   two()\n//# sourceMappingURL=query.js.map\n')
    const given = frame(file, 1, 10)
    assert.deepEqual(original(given), given)
  })

  it('is shown where it was written, by a map that is named by a URL, and begins as one that is no script', () => {
    const map = write('maps/named.js.map', `)]}'\n${JSON.stringify({ ...MAP, sources: ['../src/app.ts'] })}`)
    const file = write('out/named.js', `one();   two()\n//# sourceMappingURL=${pathToFileURL(map)}\n`)
    assert.equal(original(frame(file, 1, 10)).file, join(folder, 'src/app.ts'))
  })

  // Whoever reads a pipe that nobody writes to waits for ever.
  it('whose map is a pipe stays as it is', async function () {
    if (process.platform === 'win32') skip(this, 'Windows has no pipes in folders')
    const file = write('piped.js', 'one();   two()\n//# sourceMappingURL=piped.js.map\n')
    execFileSync('mkfifo', [join(folder, 'piped.js.map')])
    const source = `
      const { original } = require(${JSON.stringify(require.resolve('../../lib/evidence/sourcemap.js'))})
      process.stdout.write(JSON.stringify(original(${JSON.stringify(frame(file, 1, 10))})))`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', source], { timeout: 30_000 })
    assert.deepEqual(JSON.parse(stdout), frame(file, 1, 10))
  })

  it('whose map names a source by a URL that is no path stays as it is', () => {
    for (const [i, source] of ['file://build-host/app.ts', 'file:///a%2Fb.ts', 7].entries()) {
      write(`odd-${i}.js.map`, JSON.stringify({ ...MAP, sources: [source] }))
      const file = write(`odd-${i}.js`, `one();   two()\n//# sourceMappingURL=odd-${i}.js.map\n`)
      assert.deepEqual(original(frame(file, 1, 10)), frame(file, 1, 10))
    }
  })

  it('of a package is shown where it was written, in that package', () => {
    write('node_modules/orm/dist/query.js.map', JSON.stringify({ ...MAP, sources: ['../src/query.ts'] }))
    const file = write('node_modules/orm/dist/query.js', 'one();   two()\n//# sourceMappingURL=query.js.map\n')
    assert.equal(original(frame(file, 1, 10)).file, join(folder, 'node_modules/orm/src/query.ts'))
  })

  for (const [title, code] of [
    ['without a map', 'one()\n'],
    ['whose map is missing', 'one()\n//# sourceMappingURL=gone.js.map\n'],
    ['whose map is garbage', 'one()\n//# sourceMappingURL=data:application/json;base64,AAAA\n']
  ] as const) {
    it(`${title} stays as it is`, () => {
      const given = frame(write(`${title.replaceAll(' ', '-')}.js`, code), 1, 1)
      assert.deepEqual(original(given), given)
    })
  }

  it('is read once where it has none, however many others have none', () => {
    const files = Array.from({ length: 300 }, (_, i) => write(`packages/${i}.js`, 'one()\n'))
    for (const file of files) original(frame(file, 1, 1))
    write('packages/0.js.map', JSON.stringify(MAP))
    write('packages/0.js', 'one();   two()\n//# sourceMappingURL=0.js.map\n')
    assert.equal(original(frame(files[0]!, 1, 1)).file, files[0])
  })

  /** On a thread with the heap of the agent's, of which so much is in use. */
  async function originalOnThread(asked: Frame, usedMegabytes = 0): Promise<unknown> {
    const source = `
      const { original } = require(${JSON.stringify(require.resolve('../../lib/evidence/sourcemap.js'))})
      globalThis.used = Array.from({ length: ${usedMegabytes * 1000} }, () => new Array(125).fill(1))
      require('node:worker_threads').parentPort.postMessage(original(${JSON.stringify(asked)}))`
    const [seen] = await once(new Worker(source, { eval: true, resourceLimits: LIMITS }), 'message')
    return seen
  }

  function originalOfBundle(mappingsMegabytes: number, sourcesMegabytes: number): Promise<unknown> {
    const file = write('bundle.js', 'one();   two()\n//# sourceMappingURL=bundle.js.map\n')
    const mappings = ['AASA', ...Array.from({ length: mappingsMegabytes * 200_000 }, () => 'CAAA')].join(',')
    write('bundle.js.map', JSON.stringify({ ...MAP, mappings, sourcesContent: ['x'.repeat(sourcesMegabytes * 1e6)] }))
    return originalOnThread(frame(file, 1, 7))
  }

  it('of a large bundle is shown where it was written, by a map that Node would have no heap for on that thread', async () => {
    const file = join(folder, 'src/app.ts')
    assert.deepEqual(await originalOfBundle(7, 20), { function: 'f', file, line: 10, column: 1 })
  }).timeout(30_000)

  it('of a bundle whose sources have characters beyond Latin-1 is shown where it was written, on a thread that has work', async () => {
    const file = write('wide.js', 'one();   two()\n//# sourceMappingURL=wide.js.map\n')
    const sourcesContent = Array.from({ length: 100 }, () => `/* \u4e2d */${'x'.repeat(300_000)}`)
    write('wide.js.map', JSON.stringify({ ...MAP, sourcesContent }))
    const seen = await originalOnThread(frame(file, 1, 10), 40)
    assert.deepEqual(seen, { function: 'f', file: join(folder, 'src/app.ts'), line: 20, column: 5 })
  }).timeout(30_000)

  it('is shown where it was written, whatever the sources in the map hold, and names that are called as they are', () => {
    const content = ['"]}, \\"sourcesContent": ["', null, '\\', '// \u4e2d\n']
    const map = { ...MAP, sourcesContent: content, names: ['sourcesContent', 'a[0]'] }
    const sections = [
      { offset: { line: 0, column: 0 }, map },
      { offset: { line: 1, column: 0 }, map: { ...map, sources: ['src/\u4e2d.ts'] } }
    ]
    for (const space of [0, 2]) {
      write('hard.js.map', JSON.stringify({ version: 3, sections }, null, space))
      const file = write(`hard${space}.js`, 'one();   two()\none();   two()\n//# sourceMappingURL=hard.js.map\n')
      assert.equal(original(frame(file, 1, 10)).line, 20)
      assert.equal(original(frame(file, 2, 10)).file, join(folder, 'src/\u4e2d.ts'))
    }
  })

  it('whose map is too large for the heap of the agent thread stays as it is, and the thread lives', async () => {
    for (const [mappings, sources] of [
      [9, 1],
      [1, 40]
    ] as const)
      assert.deepEqual(await originalOfBundle(mappings, sources), frame(join(folder, 'bundle.js'), 1, 7))
  }).timeout(60_000)

  it('of native or internal code stays as it is', () => {
    for (const file of ['', 'node:internal/x', '/does/not/exist.js']) {
      assert.deepEqual(original(frame(file, 1, 1)), frame(file, 1, 1))
    }
  })
})
