// What `npm install perfagent` brings.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { NODE } from './harness/program.js'
import { allImports } from './imports.js'

const ROOT = path.join(__dirname, '../..')
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))

const MAX_PACKED_BYTES = 500_000
const MAX_UNPACKED_BYTES = 1_800_000

describe('the package', () => {
  let packed: { size: number; unpackedSize: number; files: { path: string; mode: number }[] }
  before(() => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
      cwd: ROOT,
      encoding: 'utf8'
    })
    packed = JSON.parse(output)[0]
  })

  it('holds the compiled agent with its types, the page, schema, README and licence, and nothing else', () => {
    const rest = packed.files
      .map(file => file.path)
      .filter(file => !/^dist\/types\/[\w/-]+\.d\.ts$/.test(file))
      .filter(
        file =>
          !/^dist\/(index|register|esm|otel|main|agent|provider|cli|agent-thread|doctor-inside|trial-service)\.js$/.test(
            file
          )
      )
      .filter(file => !/^dist\/(page\/(index\.html|page\.js|page\.css|licenses\.txt)|licenses\.txt)$/.test(file))
    assert.deepEqual(rest.sort(), ['LICENSE', 'README.md', 'package.json', 'report.schema.json'])
  })

  it('has each function in one of the files that a process loads one after the other: their modules have a state', () => {
    const functions = ['main', 'agent', 'provider'].flatMap(name => {
      const text = readFileSync(path.join(ROOT, `dist/${name}.js`), 'utf8')
      return text.match(/^(?:async )?function \w+\(.*?^\}$/gms)!.filter(each => each.split('\n').length > 3)
    })
    assert.ok(functions.length > 400, `${functions.length}`)
    assert.deepEqual(functions, [...new Set(functions)])
  })

  it('holds every file that its manifest names', () => {
    const named = JSON.stringify([Object.values(manifest.exports), manifest.bin, manifest.types, manifest.sideEffects])
    const files = new Set(packed.files.map(file => file.path))
    for (const file of named.match(/[\w./-]+\.(js|ts|json)\b/g) ?? []) {
      assert.ok(files.has(path.posix.normalize(file)), `${file} is named but not packed`)
    }
  })

  it('holds every file that an example loads by its path', () => {
    const folder = path.join(ROOT, 'examples')
    const examples = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    const paths = examples.flatMap(({ parentPath, name }) =>
      [...readFileSync(path.join(parentPath, name), 'utf8').matchAll(/node_modules\/perfagent\/([\w./-]+\.js)/g)].map(
        ([, file]) => file
      )
    )
    assert.ok(paths.length > 0)
    const files = packed.files.map(file => file.path)
    assert.deepEqual(
      paths.filter(file => !files.includes(file!)),
      []
    )
  })

  it('is small', () => {
    assert.ok(packed.size < MAX_PACKED_BYTES, `${packed.size} bytes packed`)
    assert.ok(packed.unpackedSize < MAX_UNPACKED_BYTES, `${packed.unpackedSize} bytes unpacked`)
  })

  it('brings no other package: what it imports is in its files, with its licence', () => {
    const imported = new Set(
      allImports()
        // Of OpenTelemetry's API it knows the types alone.
        .filter(({ typeOnly, specifier }) => !(typeOnly && specifier === '@opentelemetry/api'))
        .map(({ specifier }) => specifier)
        .filter(specifier => !/^(\.|node:)/.test(specifier))
    )
    assert.deepEqual(manifest.dependencies ?? {}, {})
    const licenses = readFileSync(path.join(ROOT, 'dist/licenses.txt'), 'utf8')
    assert.ok(imported.size > 0)
    for (const name of imported) assert.match(licenses, new RegExp(`^${name}\n\n.*\\S`, 'm'))
  })

  it('has types that need no other package', () => {
    const seen = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
        if (specifier.startsWith('.')) visit(path.join(path.dirname(file), specifier.replace(/\.js$/, '.d.ts')))
        else assert.match(specifier, /^node:/, `${path.relative(ROOT, file)} imports ${specifier}`)
      }
    }
    const entries = Object.values(manifest.exports).flatMap(entry => (entry as { types?: string }).types ?? [])
    for (const types of entries) visit(path.join(ROOT, types))
    assert.ok(seen.size > 5)
  })

  it('has no scripts that run when it is installed', () => {
    const hooks = Object.keys(manifest.scripts).filter(name => /^(pre|post)?(install|prepare|pack|publish)/.test(name))
    assert.deepEqual(hooks, [])
  })
})

describe('the packed file', () => {
  it('in an empty project: publint agrees, types are found, and it loads by require, import and flag', async function () {
    this.timeout(180_000)
    const script = pathToFileURL(path.join(ROOT, 'scripts/check-package.mjs')).href
    const { checkPackage } = (await import(script)) as { checkPackage(nodes: string[]): Promise<void> }
    await checkPackage([NODE])
  })
})

describe('the bill of materials', () => {
  it('names what a user gets, with versions and hashes', () => {
    const output = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' })
    const components: { name: string; version: string; hashes?: object[] }[] = JSON.parse(output).components
    const names = components.map(({ name }) => name)
    const bundled = ['pbf', 'preact', 'uplot']
    for (const name of bundled) assert.ok(names.includes(name), `${name} is missing`)
    for (const { name, version, hashes } of components) assert.ok(version && hashes?.length, name)
  })
})
