import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { identify } from '../../lib/worker/service.js'

const UNSET = { serviceName: '', serviceVersion: '', resourceAttributes: {} }

describe('a service without a configured name', () => {
  const startedIn = process.cwd()
  let folder: string
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'perfagent-service-')))
    write('shop/package.json', '{ "name": "shop", "version": "1.2.3" }')
    write('shop/node_modules/framework/package.json', '{ "name": "framework", "version": "16.0.0" }')
  })
  afterEach(() => process.chdir(startedIn))
  after(() => rmSync(folder, { recursive: true }))

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const told = (mainFile: string): unknown[] => {
    const { service, root } = identify(UNSET, join(folder, mainFile))
    return [service.name, service.version, root]
  }

  it('has that of the package of its main file, wherever it was started', () => {
    process.chdir(tmpdir())
    assert.deepEqual(told('shop/src/server.js'), ['shop', '1.2.3', join(folder, 'shop')])
  })

  it("and started by a framework's command has that of the package in which it was started", () => {
    mkdirSync(join(folder, 'shop/src'), { recursive: true })
    process.chdir(join(folder, 'shop/src'))
    assert.deepEqual(told('shop/node_modules/framework/bin/start.js'), ['shop', '1.2.3', join(folder, 'shop')])
  })

  it('and installed as a package, started where none is, has its own', () => {
    process.chdir(folder)
    const root = join(folder, 'shop/node_modules/framework')
    assert.deepEqual(told('shop/node_modules/framework/bin/start.js'), ['framework', '16.0.0', root])
  })

  it('is an installed application where it lies among the packages of nobody who started it', () => {
    const installed = (mainFile: string): string => identify(UNSET, join(folder, mainFile)).installed
    const [framework, tool] = ['shop/node_modules/framework', 'cache/node_modules/@acme/tool']
    write(`${tool}/package.json`, '{ "name": "@acme/tool" }')
    write('shop/packages/web/package.json', '{ "name": "web" }')
    process.chdir(join(folder, 'shop'))
    assert.equal(installed(`${tool}/bin/start.js`), join(folder, tool))
    assert.equal(installed(`${framework}/bin/start.js`), '', "a framework's command")
    assert.equal(installed('shop/src/server.js'), '', 'no package')
    process.chdir(join(folder, 'shop/packages/web'))
    assert.equal(installed(`${framework}/bin/start.js`), '', "a framework's command, installed for all of a repository")
    process.chdir(folder)
    assert.equal(installed(`${framework}/bin/start.js`), join(folder, framework), 'started where no package is')
  })
})
