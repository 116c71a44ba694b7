import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { keepCompiled, mapsOf } from '../../lib/hook/compiled.js'

const MAP = '{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}'
const TEXT = `exports.keys = Object.keys(module)
//# sourceMappingURL=data:application/json;base64,${Buffer.from(MAP).toString('base64')}
`

describe('the text that a file was compiled from', () => {
  let folder: string
  let stop: () => void
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'perfagent-compiled-'))
    stop = keepCompiled()
  })
  after(async () => {
    stop()
    await rm(folder, { recursive: true })
  })

  async function load(name: string): Promise<{ file: string; keys: string[]; module: object }> {
    const file = path.join(folder, name)
    await writeFile(file, TEXT)
    const { keys } = require(file) as { keys: string[] }
    return { file, keys, module: require.cache[file]! }
  }

  it('has the map of a file that is not run as it was written', async () => {
    const { file } = await load('a.ts')
    assert.deepEqual(mapsOf([file]), { [file]: MAP })
  })

  it('is not kept of any other', async () => {
    const { file } = await load('a.js')
    assert.deepEqual(mapsOf([file]), {})
  })

  it('leaves the module as it was, also for its own code', async () => {
    const { keys, module } = await load('b.ts')
    assert.ok(!keys.includes('_compile'), String(keys))
    assert.ok(!Object.hasOwn(module, '_compile'))
  })
})
