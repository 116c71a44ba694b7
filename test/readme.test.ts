// What the documents say of the repository is so: tables, links, options, scripts, API, causes.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import * as api from '../lib/index.js'
import { OPTIONS } from '../lib/options/config.js'
import { FROM_ENVIRONMENT } from '../lib/options/resource.js'
import { ELSEWHERE, STANDARD } from '../lib/options/standard.js'
import type { Row } from '../lib/options/table.js'

const ROOT = path.join(__dirname, '../..')
const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')
const all = (pattern: RegExp, file: string): string[] => [...text(file).matchAll(pattern)].map(([, found]) => found!)

const DOCUMENTS = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8'
})
  .trim()
  .split('\n')
const ROWS = Object.values(OPTIONS) as Row<unknown>[]

describe('README.md', () => {
  it('is what `npm run readme` writes', async () => {
    const { rewritten } = await import(pathToFileURL(path.join(ROOT, 'scripts/readme.mjs')).href)
    assert.equal(text('README.md'), rewritten(text('README.md')), 'run `npm run readme`')
  })

  it('and docs/telemetry.md too', async () => {
    const { rewrittenTelemetry } = await import(pathToFileURL(path.join(ROOT, 'scripts/readme.mjs')).href)
    const file = 'docs/telemetry.md'
    assert.equal(text(file), rewrittenTelemetry(text(file)), 'run `npm run readme`')
  })

  it('and docs/configuration.md', async () => {
    const { rewrittenConfiguration } = await import(pathToFileURL(path.join(ROOT, 'scripts/readme.mjs')).href)
    const file = 'docs/configuration.md'
    assert.equal(text(file), rewrittenConfiguration(text(file)), 'run `npm run readme`')
  })

  it('and docs/compatibility.md', async () => {
    const { rewrittenCompatibility } = await import(pathToFileURL(path.join(ROOT, 'scripts/readme.mjs')).href)
    const file = 'docs/compatibility.md'
    assert.equal(text(file), rewrittenCompatibility(text(file)), 'run `npm run readme`')
  })

  it('the section to write is looked for, not guessed', async () => {
    const { withSection } = await import(pathToFileURL(path.join(ROOT, 'scripts/readme.mjs')).href)
    assert.equal(withSection('a<!-- x -->\nold<!-- /x -->b', 'x', 'new'), 'a<!-- x -->\nnew\n<!-- /x -->b')
    assert.throws(() => withSection('a<!-- /x --><!-- x -->', 'x', 'new'), /no section/)
    assert.throws(() => withSection('', 'x', 'new'), /no section/)
  })

  it('names the functions of the API, all of them but start and stop in an example', () => {
    const named = new Set(all(/perfagent\.(\w+)\(/g, 'README.md'))
    const functions = Object.keys(api).filter(name => name !== 'start' && name !== 'stop')
    assert.deepEqual([...named].sort(), functions.sort())
  })

  it('has every cause that has a page, and no other', () => {
    const pages = readdirSync(path.join(ROOT, 'docs/causes')).map(file => file.replace(/\.md$/, ''))
    assert.deepEqual(all(/\[`([\w.]+)`\]\(docs\/causes\//g, 'README.md').sort(), pages.sort())
  })

  it('names scripts that there are', () => {
    const { scripts } = JSON.parse(text('package.json'))
    const missing = DOCUMENTS.flatMap(file => all(/npm run ([\w:]*\w)/g, file)).filter(name => !scripts[name])
    assert.deepEqual(missing, [])
  })
})

describe('every document', () => {
  it('links to files that there are', () => {
    const dead = DOCUMENTS.flatMap(file =>
      all(/\]\(([^)#\s]+)[^)]*\)/g, file)
        .filter(link => !/^[a-z]+:/.test(link))
        .filter(link => !existsSync(path.join(ROOT, path.dirname(file), link)))
        .map(link => `${file}: ${link}`)
    )
    assert.deepEqual(dead, [])
  })

  it('links to headings that there are', () => {
    const dead = DOCUMENTS.flatMap(file =>
      [...text(file).matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)]
        .filter(([, to, heading]) => !headings(to ? path.join(path.dirname(file), to) : file).has(heading!))
        .map(([, to, heading]) => `${file}: ${to}#${heading}`)
    )
    assert.deepEqual(dead, [])
  })

  it('has tables that a blank line does not cut in two', () => {
    const cut = DOCUMENTS.flatMap(file =>
      all(/\n\n(\|.*)\n(?!\|[ :|-]+\|)/g, file).map(row => `${file}: ${row.slice(0, 60)}`)
    )
    assert.deepEqual(cut, [])
  })

  it('names options that there are', () => {
    const known = new Set(ROWS.flatMap(({ env, also = [] }) => [env, ...also]))
    for (const name of [...Object.keys(STANDARD), ...Object.keys(ELSEWHERE)]) known.add(name)
    for (const name of Object.values(FROM_ENVIRONMENT).flat()) known.add(name)
    const wrong = DOCUMENTS.flatMap(file =>
      all(/\b((?:PERFAGENT|OTEL)_[A-Z_]*[A-Z])\b(?!_)/g, file)
        .filter(name => !known.has(name))
        .map(name => `${file}: ${name}`)
    )
    assert.deepEqual(wrong, [])
  })
})

/** Anchors of a document as GitHub makes them. */
function headings(file: string): Set<string> {
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  return new Set(all(/^#+ (.*)$/gm, file).map(anchor))
}
