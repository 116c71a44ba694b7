// Which copies of which packages are patched, in folders as npm makes them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createFuse } from '../../lib/hook/guard.js'
import type { Patch } from '../../lib/hook/instrumentation.js'
import { type Loaded, patchOnLoad } from '../../lib/hook/load.js'
import { setLogLevel } from '../../lib/process/log.js'

describe('a package that is patched', () => {
  let folder: string
  let load: NodeJS.Require
  let loaded: Loaded[]
  let undo: () => void

  const install = (place: string, version: string): void => {
    mkdirSync(path.join(folder, place), { recursive: true })
    writeFileSync(path.join(folder, place, 'package.json'), JSON.stringify({ version }))
    writeFileSync(path.join(folder, place, 'client.js'), `exports.is = 'as it was'`)
  }
  const patch = (module: string): Patch => ({
    module,
    file: 'client.js',
    versions: '>=2 <3',
    apply: (exports: { is: string }) => {
      exports.is = 'patched'
    }
  })
  const use = (...patches: Patch[]): void => {
    undo = patchOnLoad(patches, each => loaded.push(each))
  }

  before(() => setLogLevel('none'))
  after(() => setLogLevel('warn'))
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'perfagent-load-')))
    load = createRequire(path.join(folder, 'app.js'))
    loaded = []
  })
  afterEach(() => {
    undo()
    for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file]
    rmSync(folder, { recursive: true })
  })

  it('is one of a scope too, and each copy that another package brings', () => {
    install('node_modules/@shop/db', '2.1.0')
    install('node_modules/outer/node_modules/db', '2.0.0')
    use(patch('@shop/db'), patch('db'))
    assert.equal(load('@shop/db/client.js').is, 'patched')
    assert.equal(load('./node_modules/outer/node_modules/db/client.js').is, 'patched')
    assert.deepEqual(loaded, [
      { module: '@shop/db/client.js', version: '2.1.0', patched: true, early: false },
      { module: 'db/client.js', version: '2.0.0', patched: true, early: false }
    ])
  })

  it('is none of a version outside the range, nor another file of it', () => {
    install('node_modules/db', '3.0.0')
    install('node_modules/db/lib', '2.0.0')
    use(patch('db'))
    assert.deepEqual([load('db/client.js').is, load('db/lib/client.js').is], ['as it was', 'as it was'])
    assert.deepEqual(loaded, [{ module: 'db/client.js', version: '3.0.0', patched: false, early: false }])
  })

  it('is also one that was there before the agent, which is told', () => {
    install('node_modules/db', '2.0.0')
    const { is } = load('db/client.js')
    use(patch('db'))
    assert.deepEqual([is, load('db/client.js').is], ['as it was', 'patched'])
    assert.deepEqual(loaded, [{ module: 'db/client.js', version: '2.0.0', patched: true, early: true }])
  })

  it('is none any more when that is taken back', () => {
    install('node_modules/db', '2.0.0')
    use(patch('db'))
    undo()
    assert.equal(load('db/client.js').is, 'as it was')
  })

  it('is patched once, however many agents there have been one after the other', () => {
    install('node_modules/db', '2.0.0')
    const replacing: Patch = { ...patch('db'), apply: ({ is }: { is: string }) => ({ is: `${is}, patched` }) }
    for (let i = 0; i < 3; i++) {
      use(replacing)
      assert.equal(load('db/client.js').is, 'as it was, patched')
      undo()
    }
    delete require.cache[path.join(folder, 'node_modules/db/client.js')]
    use(replacing)
    assert.equal(load('db/client.js').is, 'as it was, patched')
    assert.deepEqual(
      loaded.map(({ patched, early }) => patched && !early),
      [true, true, true, true]
    )
  })

  it('stays so where the patches of another fail, which are switched off alone', () => {
    const broken: Patch = { ...patch('odd'), apply: () => assert.fail('not as it was expected') }
    install('node_modules/db', '2.0.0')
    const places = Array.from({ length: 4 }, (_, i) => `${i}/node_modules/odd`)
    for (const place of places) install(place, '2.0.0')
    use(broken, patch('db'))
    for (const place of places) assert.equal(load(`./${place}/client.js`).is, 'as it was')
    assert.deepEqual([createFuse('patching odd').blown, loaded.length], [true, 0])
    assert.equal(load('db/client.js').is, 'patched')
  })

  it('and so is a builtin', () => {
    let times = 0
    const builtin: Patch = { module: 'node:console', versions: '>=20', apply: () => void times++ }
    for (let i = 0; i < 3; i++) {
      use(builtin)
      undo()
    }
    assert.equal(times, 1)
  })
})
