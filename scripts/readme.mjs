// `npm run readme`: writes the tables of README.md from what they describe, the options and the instrumentations, and that of
// docs/telemetry.md from the metrics, and those of docs/compatibility.md. A test holds that they are as this would write them.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { libraryTable, nodeTable } from './compatibility.mjs'

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const README = path.join(ROOT, 'README.md')
const CONFIGURATION = path.join(ROOT, 'docs/configuration.md')
const TELEMETRY = path.join(ROOT, 'docs/telemetry.md')
const COMPATIBILITY = path.join(ROOT, 'docs/compatibility.md')
const require = createRequire(import.meta.url)
const { isLive, NAMES, OPTIONS, toMarkdown } = require('../dist/lib/options/config.js')
const { standardTable } = require('../dist/lib/options/standard.js')
const { FROM_ENVIRONMENT } = require('../dist/lib/options/resource.js')
const { OWN_ATTRIBUTES } = require('../dist/lib/otlp/own-attributes.js')
const { METRICS } = require('../dist/lib/metrics/table.js')
const { instrumentations } = require('../dist/instrumentations/index.js')

/** The text with both sections replaced. */
export const rewritten = text =>
  withSection(
    withSection(text, 'options', toMarkdown({ rare: false })),
    'instrumentations',
    instrumentationTable(instrumentations)
  )

export const rewrittenConfiguration = text =>
  [
    [
      'live',
      `${NAMES.filter(isLive)
        .map(name => `\`${name}\``)
        .join(', ')}.`
    ],
    ['options', toMarkdown({ rare: true })],
    ['standard', standardTable(OPTIONS)],
    ['resource', resourceTable(FROM_ENVIRONMENT)]
  ].reduce((whole, [name, table]) => withSection(whole, name, table, 'docs/configuration.md'), text)

const resourceTable = rows =>
  [
    '| attribute | variables, the first that is set |',
    '|---|---|',
    ...Object.entries(rows).map(
      ([name, variables]) => `| \`${name}\` | ${variables.map(it => `\`${it}\``).join(', ')} |`
    )
  ].join('\n')

export const rewrittenTelemetry = text =>
  [
    ['metrics', metricTable(Object.values(METRICS))],
    ['attributes', attributeTable(OWN_ATTRIBUTES)]
  ].reduce((whole, [name, table]) => withSection(whole, name, table, 'docs/telemetry.md'), text)

export const rewrittenCompatibility = text =>
  [
    ['libraries', libraryTable(instrumentations)],
    ['node', nodeTable()]
  ].reduce((whole, [name, table]) => withSection(whole, name, table, 'docs/compatibility.md'), text)

const attributeTable = rows =>
  [
    '| attribute | type | unit | on | what |',
    '|---|---|---|---|---|',
    ...Object.entries(rows).map(
      ([name, { type, unit, on, meaning }]) =>
        `| \`${name}\` | ${type} | ${unit && `\`${unit}\``} | ${on} | ${meaning} |`
    )
  ].join('\n')

const metricTable = rows =>
  [
    '| metric | unit | kind | attributes | series | what |',
    '|---|---|---|---|---|---|',
    ...rows.map(({ name, unit, kind, attributes, maxSeries, meaning, status }) => {
      const names = attributes.map(attribute => `\`${attribute}\``).join(', ')
      const standing = status === 'development' ? ' *(convention in development)*' : ''
      return `| \`${name}\` | \`${unit}\` | ${kind} | ${names} | ${maxSeries} | ${meaning}${standing} |`
    })
  ].join('\n')

export function withSection(text, name, content, file = 'README.md') {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${file} has no section between ${begin} and ${end}`)
  return `${text.slice(0, from)}${begin}\n${content}\n${text.slice(to)}`
}

const instrumentationTable = all =>
  ['| name | what |', '|---|---|', ...all.map(({ name, supports }) => `| \`${name}\` | ${supports} |`)].join('\n')

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(README, rewritten(readFileSync(README, 'utf8')))
  writeFileSync(CONFIGURATION, rewrittenConfiguration(readFileSync(CONFIGURATION, 'utf8')))
  writeFileSync(TELEMETRY, rewrittenTelemetry(readFileSync(TELEMETRY, 'utf8')))
  writeFileSync(COMPATIBILITY, rewrittenCompatibility(readFileSync(COMPATIBILITY, 'utf8')))
}
