// Holds the rules of docs/design.md: who may import whom, which dependency comes in by which door, what is pure, and what a
// new file has to be joined by. All violations of a rule are reported at once. Each rule has an example that breaks it: a rule
// that cannot fail holds nothing.

import assert from 'node:assert/strict'
import { files, type Import, importsOf, sources, text } from './imports.js'

/** Path → text. */
type Tree = Record<string, string>

interface Rule {
  rule: string
  /** One line each; none when the rule is kept. */
  violations(tree: Tree): string[]
  /** Files that break it, put over the real ones; each of them has to show. */
  broken: Tree
}

const read = (paths: string[]): Tree => Object.fromEntries(paths.map(file => [file, text(file)]))
const CODE = /^(?:lib|instrumentations)\/.*\.ts$/
const codeOf = (tree: Tree): [file: string, code: string][] => Object.entries(tree).filter(([file]) => CODE.test(file))

const importsIn = (tree: Tree): Import[] => codeOf(tree).flatMap(([file, code]) => importsOf(file, code))
/** What is there when it runs: types may cross any border. */
const running = (tree: Tree): Import[] => importsIn(tree).filter(({ typeOnly }) => !typeOnly)

const isOurs = ({ specifier }: Import): boolean => specifier.startsWith('.')
const folderOf = (file: string): string => /^lib\/[^/]+(?=\/)|^instrumentations(?=\/)/.exec(file)?.[0] ?? file
const say = ({ from, specifier }: Import): string => `${from} imports ${specifier}`
const instrumentationsOf = (tree: Tree): string[] =>
  Object.keys(tree).flatMap(file => /^instrumentations\/(?!index\.|packages\.)(\w+)\.ts$/.exec(file)?.[1] ?? [])

/** Folder or file → what it may import of ours, besides its own folder. */
const ARROWS: Record<string, string[]> = {
  instrumentations: ['lib/hook/index.ts'],
  'lib/hook': [
    'lib/process/builtins.ts',
    'lib/process/clock.ts',
    'lib/process/compiled-file.ts',
    'lib/process/grpc-codes.ts',
    'lib/process/import-module.ts',
    'lib/process/log.ts'
  ],
  'lib/api': [
    'lib/hook/guard.ts',
    'lib/process/builtins.ts',
    'lib/process/clock.ts',
    'lib/process/cut.ts',
    'lib/process/log.ts',
    'lib/record/chars.ts',
    'lib/record/work.ts'
  ],
  'lib/record': [
    'lib/batch/format.ts',
    'lib/hook/guard.ts',
    'lib/hook/replace.ts',
    'lib/hook/route.ts',
    'lib/hook/stamp.ts',
    'lib/process/beat.ts',
    'lib/process/builtins.ts',
    'lib/process/clock.ts',
    'lib/process/cut.ts',
    'lib/process/http-status.ts',
    'lib/process/log.ts',
    'lib/process/pool-size.ts',
    'lib/worker/shared.ts'
  ],
  'lib/batch': ['lib/process/clock.ts'],
  'lib/worker': [
    'lib/batch',
    'lib/evidence',
    'lib/kernel/rendezvous.ts',
    'lib/metrics',
    'lib/options/config.ts',
    'lib/options/file.ts',
    'lib/options/node-flags.ts',
    'lib/place.ts',
    'lib/process/address-space.ts',
    'lib/process/attempt.ts',
    'lib/process/clock.ts',
    'lib/process/descriptors.ts',
    'lib/process/log.ts',
    'lib/process/node-version.ts',
    'lib/process/schedstat.ts',
    'lib/process/threads.ts',
    'lib/verdict'
  ],
  'lib/evidence': [
    'lib/place.ts',
    'lib/process/at-disk.ts',
    'lib/process/attempt.ts',
    'lib/process/beat.ts',
    'lib/process/clock.ts',
    'lib/process/compiled-file.ts',
    'lib/process/control-groups.ts',
    'lib/process/node-version.ts',
    'lib/process/pool-size.ts',
    'lib/process/schedstat.ts',
    'lib/process/threads.ts',
    'lib/worker/shared.ts'
  ],
  'lib/verdict': ['lib/process/beat.ts', 'lib/process/http-status.ts', 'lib/scrub'],
  'lib/scrub': [],
  'lib/metrics': ['lib/hook/guard.ts', 'lib/process/beat.ts', 'lib/process/http-status.ts', 'lib/worker/shared.ts'],
  'lib/otlp': [
    'lib/batch',
    'lib/metrics/conventions.ts',
    'lib/metrics/temporality.ts',
    'lib/process/http-status.ts',
    'lib/scrub',
    'lib/verdict/phases.ts',
    'lib/verdict/words.ts'
  ],
  'lib/export': [
    'lib/batch/reader.ts',
    'lib/options/signals.ts',
    'lib/otlp',
    'lib/place.ts',
    'lib/process/at-disk.ts',
    'lib/process/attempt.ts',
    'lib/process/grpc-codes.ts',
    'lib/process/http-status.ts',
    'lib/verdict/words.ts'
  ],
  'lib/fleet': ['lib/process/plain.ts', 'lib/verdict/words.ts'],
  'lib/memory': [],
  'lib/console': [
    'lib/fleet',
    'lib/options/config.ts',
    'lib/otlp',
    'lib/place.ts',
    'lib/process/cut.ts',
    'lib/process/http-status.ts',
    'lib/process/plain.ts'
  ],
  'lib/kernel': ['lib/process/attempt.ts', 'lib/process/clock.ts', 'lib/process/plain.ts'],
  'lib/cli': [
    'lib/console',
    'lib/doctor',
    'lib/export/address.ts',
    'lib/export/format.ts',
    'lib/fleet',
    'lib/kernel',
    'lib/options/config.ts',
    'lib/otlp/encode.ts',
    'lib/place.ts',
    'lib/process/log.ts',
    'lib/process/plain.ts',
    'lib/worker/service.ts'
  ],
  'lib/doctor': [
    'instrumentations',
    'lib/export',
    'lib/options/config.ts',
    'lib/place.ts',
    'lib/process/node-version.ts'
  ],
  'lib/options': ['lib/process/log.ts', 'lib/process/plain.ts'],
  'lib/process': [],
  'lib/types': [],
  'lib/types.ts': ['lib/types/report.ts', 'lib/types/span.ts'],
  'lib/place.ts': [],
  'lib/register.ts': ['lib/main.ts', 'lib/process/node-version.ts'],
  'lib/esm.ts': ['lib/main.ts', 'lib/process/node-version.ts', 'lib/register.ts'],
  'lib/index.ts': ['lib/main.ts'],
  'lib/otel.ts': ['lib/api'],
  'lib/cli.ts': ['lib/cli', 'lib/place.ts', 'lib/process/plain.ts'],
  'lib/main.ts': [
    'lib/agent.ts',
    'lib/application.ts',
    'lib/hook/compiled.ts',
    'lib/hook/run-to-end.ts',
    'lib/hook/ticks.ts',
    'lib/hook/work.ts',
    'lib/later.ts',
    'lib/needed.ts',
    'lib/options/config.ts',
    'lib/place.ts',
    'lib/process/log.ts',
    'lib/unstarted.ts',
    'lib/worker/meeting.ts'
  ],
  'lib/application.ts': ['lib/options/config.ts'],
  'lib/later.ts': ['lib/place.ts'],
  'lib/needed.ts': [
    'instrumentations/packages.ts',
    'lib/hook/guard.ts',
    'lib/hook/listening.ts',
    'lib/hook/loaded-files.ts'
  ],
  'lib/unstarted.ts': [
    'lib/hook/listening.ts',
    'lib/options/config.ts',
    'lib/options/node-flags.ts',
    'lib/process/log.ts'
  ],
  'lib/agent.ts': [
    'instrumentations',
    'lib/hook',
    'lib/options/config.ts',
    'lib/options/live.ts',
    'lib/options/signals.ts',
    'lib/process/log.ts',
    'lib/recorded.ts',
    'lib/worker'
  ],
  'lib/recorded.ts': [
    'instrumentations',
    'lib/api',
    'lib/hook',
    'lib/metrics',
    'lib/options/config.ts',
    'lib/options/node-flags.ts',
    'lib/options/signals.ts',
    'lib/process/log.ts',
    'lib/record'
  ],
  'lib/agent-thread.ts': [
    'lib/evidence/index.ts',
    'lib/export/index.ts',
    'lib/memory',
    'lib/options/signals.ts',
    'lib/process/clock.ts',
    'lib/process/log.ts',
    'lib/verdict',
    'lib/worker'
  ],
  'lib/doctor-inside.ts': ['lib/hook/listening.ts', 'lib/options/config.ts', 'lib/place.ts', 'lib/unstarted.ts'],
  'lib/trial-service.ts': []
}
const TELLS_OR_BINDS = ['node:diagnostics_channel', 'node:async_hooks']

const DOORS: Record<string, string> = {
  pbf: 'lib/otlp/',
  'node:inspector': 'lib/evidence/inspector.ts',
  'node:inspector/promises': 'lib/evidence/inspector.ts'
}

const AGENT_THREAD =
  /^lib\/(?:verdict|scrub|evidence|export|otlp|fleet|console|kernel|memory)\/|^lib\/agent-thread\.ts$/
const PURE = /^lib\/(?:verdict|otlp|scrub|fleet)\//
/** Besides what is not named here: node:path and node:url compute, of node:crypto hashes alone do. */
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\b|\bprocess\.|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bconsole\.|\brandom(?:UUID|Bytes|FillSync)\b/
const COMPUTES = ['node:crypto', 'node:path', 'node:url', 'pbf']

const MAX_LINES = 320

/** The text of a file is looked at without its comments, which must not take the code with them. */
const amongComments = (tree: Tree): Tree =>
  Object.fromEntries(
    Object.entries(tree).map(([file, code]) => [file, `// One.\n\n/** Two. */\n${code} // Three.\n// Four.\n`])
  )

const RULES: Rule[] = [
  {
    rule: 'arrows follow the data',
    violations: tree =>
      running(tree)
        .filter(isOurs)
        .filter(({ from, to }) => {
          const folder = folderOf(from)
          const allowed = [...(ARROWS[folder] ?? []), folder, 'lib/types.ts']
          return !allowed.some(target => to === target || to.startsWith(`${target}/`))
        })
        .map(say),
    broken: {
      'lib/hook/x.ts': "import { pg } from '../../instrumentations/pg.js'",
      'lib/record/x.ts': "export { shown } from '../options/config.js'",
      'lib/verdict/x.ts': "import { type A, now } from '../process/clock.js'",
      'lib/scrub/x.ts': "const { words } = require('../verdict/words.js')",
      'lib/new/x.ts': "import '../process/log.js'",
      'instrumentations/x.ts': "import { wrapMethod } from '../lib/hook/wrap.js'",
      'lib/options/types.ts': "import { entryFile } from '../place.js'"
    }
  },
  {
    rule: 'a folder that has no arrows yet gets them here',
    violations: tree => [
      ...new Set(
        codeOf(tree)
          .map(([file]) => folderOf(file))
          .filter(folder => !ARROWS[folder])
      )
    ],
    broken: { 'lib/new/x.ts': '', 'lib/new.ts': '' }
  },
  {
    rule: 'an arrow that nothing follows any more goes',
    violations: tree => {
      const followed = running(tree).map(({ from, to }) => `${folderOf(from)} → ${to}`)
      return Object.entries(ARROWS)
        .flatMap(([folder, targets]) => targets.map(target => `${folder} → ${target}`))
        .filter(arrow => !followed.some(each => each === arrow || each.startsWith(`${arrow}/`)))
    },
    broken: { 'lib/index.ts': '', 'lib/otel.ts': "import type { api } from './api/index.js'" }
  },
  {
    rule: 'an instrumentation imports lib/hook alone, and of Node what only tells or binds',
    violations: tree =>
      running(tree)
        .filter(({ from }) => /^instrumentations\/(?!index\.)/.test(from))
        .filter(({ specifier }) => specifier !== '../lib/hook/index.js' && !TELLS_OR_BINDS.includes(specifier))
        .map(say),
    broken: {
      'instrumentations/x.ts': "import { readFileSync } from 'node:fs'",
      'instrumentations/y.ts': "import pg from 'pg'",
      'instrumentations/z.ts': "import { batchFacts } from './redis.js'"
    }
  },
  {
    rule: 'nothing that the main thread loads leads to code of the agent thread',
    violations: tree => mainThreadPaths(running(tree)),
    broken: {
      'lib/hook/guard.ts': "import { duration } from '../verdict/words.js'",
      'lib/record/ids.ts': "import { startService } from '../agent-thread.js'"
    }
  },
  {
    rule: 'no file imports itself by way of others',
    violations: tree => cycles(running(tree).filter(isOurs)),
    broken: { 'lib/process/clock.ts': "import './log.js'", 'lib/process/log.ts': "import './clock.js'" }
  },
  {
    rule: 'each dependency comes in by one door',
    violations: tree =>
      running(tree)
        .filter(({ from, specifier }) => {
          if (/^\.|^node:(?!inspector)/.test(specifier)) return false
          const door = DOORS[specifier]
          return !(door && (from === door || (door.endsWith('/') && from.startsWith(door))))
        })
        .map(say),
    broken: {
      'lib/hook/x.ts': "import { PbfReader } from 'pbf'",
      'lib/export/x.ts': "const { request } = require('undici')",
      'lib/worker/x.ts': "import { Session } from 'node:inspector'",
      'lib/agent.ts': "import lodash from 'lodash'",
      'lib/index.ts': "import fs from 'fs'"
    }
  },
  {
    rule: 'process.env is read by lib/options/config.ts alone',
    violations: tree =>
      codeOf(tree)
        .filter(([file, code]) => file !== 'lib/options/config.ts' && readsEnvironment(code))
        .map(([file]) => file),
    broken: amongComments({
      'lib/process/log.ts': 'const level = process.env.LEVEL',
      'lib/agent.ts': "const all = process['env']",
      'lib/hook/x.ts': 'const { argv, env } = process',
      'instrumentations/x.ts': "import { argv, env } from 'node:process'"
    })
  },
  {
    rule: 'the agent thread, whose environment is empty, is told what it needs of it',
    violations: tree =>
      codeOf(tree)
        .filter(([file, code]) => AGENT_THREAD.test(file) && /\benvironment\(\)/.test(bare(code)))
        .map(([file]) => file),
    broken: { 'lib/evidence/x.ts': "const size = environment()['UV_THREADPOOL_SIZE']" }
  },
  {
    rule: 'verdict, otlp, scrub and fleet are pure: no clock, no chance, no environment, no I/O',
    violations: tree => [
      ...codeOf(tree)
        .filter(([file, code]) => PURE.test(file) && IMPURE.test(bare(code)))
        .map(([file, code]) => `${file} has ${IMPURE.exec(bare(code))![0]}`),
      ...running(tree)
        .filter(({ from, specifier }) => PURE.test(from) && !specifier.startsWith('.') && !COMPUTES.includes(specifier))
        .map(say)
    ],
    broken: amongComments({
      'lib/verdict/a.ts': 'const at = Date.now()',
      'lib/verdict/b.ts': 'const at = new Date()',
      'lib/otlp/a.ts': 'const at = performance.now()',
      'lib/otlp/b.ts': "import { performance } from 'node:perf_hooks'",
      'lib/fleet/a.ts': 'const at = Date.now()',
      'lib/scrub/a.ts': 'const { pid } = process.report',
      'lib/scrub/b.ts': "import { readFileSync } from 'node:fs'",
      'lib/scrub/c.ts': 'const half = Math.random()',
      'lib/scrub/d.ts': "import { randomUUID } from 'node:crypto'"
    })
  },
  {
    rule: 'each instrumentation has its line in instrumentations/index.ts and its test',
    violations: tree =>
      instrumentationsOf(tree).flatMap(name => {
        const index = tree['instrumentations/index.ts']!
        const exported = /^export const (\w+): Instrumentation\b/m.exec(tree[`instrumentations/${name}.ts`]!)?.[1]
        if (!exported) return [`instrumentations/${name}.ts exports no Instrumentation`]
        const line = `import { ${exported} } from './${name}.js'`
        const listed = new RegExp(`\\[[^\\]]*\\b${exported}\\b[^\\]]*\\]\\s*$`).test(index)
        return [
          ...(index.includes(line) ? [] : [`instrumentations/index.ts has no line: ${line}`]),
          ...(listed ? [] : [`instrumentations/index.ts does not list ${exported} (${name})`]),
          ...(tree[`test/instrumentations/${name}.test.ts`] ? [] : [`test/instrumentations/${name}.test.ts is missing`])
        ]
      }),
    broken: {
      'instrumentations/x.ts': 'export const x: Instrumentation = {}',
      'instrumentations/y.ts': 'export const helper = 5'
    }
  },
  {
    rule: 'each exporter is listed in lib/export/index.ts',
    violations: tree =>
      missingIn(
        tree,
        'lib/export/index.ts',
        /\bEXPORTERS\b[^=]*= \[([^\]]*)\]/,
        /^lib\/export\//,
        /^export const (\w+): Exporter\b/m
      ),
    broken: {
      'lib/export/x.ts': 'export const x: Exporter = {}',
      'lib/export/index.ts': 'const EXPORTERS: Exporter[] = [otlp, http, file]; use(stdout)'
    }
  },
  {
    rule: 'each subcommand is listed in lib/cli.ts',
    violations: tree =>
      missingIn(tree, 'lib/cli.ts', /\bCOMMANDS\b[^=]*= \{([^}]*)\}/, /^lib\/cli\//, /^export const (\w+): Command\b/m),
    broken: {
      'lib/cli/x.ts': 'export const x: Command = {}',
      'lib/cli.ts': 'const COMMANDS: Record<string, Command> = {}; use(command.options)'
    }
  },
  {
    rule: 'each part of perfagent kernel is listed in lib/kernel/probes/index.ts',
    violations: tree =>
      missingIn(
        tree,
        'lib/kernel/probes/index.ts',
        /\bPROBES\b[^=]*= \[([^\]]*)\]/,
        /^lib\/kernel\/probes\//,
        /^export const (\w+): Probe =/m
      ),
    broken: {
      'lib/kernel/probes/x.ts': 'export const x: Probe = {}',
      'lib/kernel/probes/index.ts': 'const PROBES: Probe[] = [syscalls]; use(tcp)'
    }
  },
  {
    rule: 'what is exported is wanted by somebody',
    violations: tree => {
      const filesWith = new Map<string, number>()
      for (const [file, code] of Object.entries(tree)) {
        if (!/\.(?:[cm]?js|tsx?)$/.test(file)) continue
        for (const word of new Set(code.match(/\w+/g))) filesWith.set(word, (filesWith.get(word) ?? 0) + 1)
      }
      return codeOf(tree).flatMap(([file, code]) =>
        [...code.matchAll(VALUE_EXPORTED)].flatMap(([, name]) =>
          filesWith.get(name!) === 1 ? `${name} of ${file} is used by no other file` : []
        )
      )
    },
    broken: { 'lib/x.ts': 'export const nobodyWants = 5', 'lib/y.ts': 'export async function nobodyCalls() {}' }
  },
  {
    rule: 'each file says first what it owns',
    violations: tree =>
      codeOf(tree)
        .filter(([, code]) => !/^(?:#!.*\n)?\/\/ \S/.test(code))
        .map(([file]) => file),
    broken: { 'lib/x.ts': 'export const x = 5', 'lib/y.ts': '#!/usr/bin/env node\nrun()' }
  },
  {
    rule: 'each folder of lib/ has its line in docs/design.md',
    violations: tree =>
      [...new Set(codeOf(tree).map(([file]) => folderOf(file)))]
        .filter(folder => !folder.endsWith('.ts') && !tree['docs/design.md']!.includes(`| \`${folder}/\``))
        .map(folder => `docs/design.md has no line for ${folder}/`),
    broken: { 'lib/new/x.ts': '// What is new.', 'docs/design.md': '# Words' }
  },
  {
    rule: `no file is longer than ${MAX_LINES} lines`,
    violations: tree =>
      codeOf(tree)
        .map(([file, code]) => ({ file, lines: code.trimEnd().split('\n').length }))
        .filter(({ lines }) => lines > MAX_LINES)
        .map(({ file, lines }) => `${file} has ${lines}`),
    broken: { 'lib/x.ts': 'x\n'.repeat(MAX_LINES + 1) }
  },
  {
    rule: 'a test that is skipped says why, and none runs alone',
    violations: tree =>
      Object.entries(tree)
        .filter(([file, code]) => /^test\/.*\.test\.ts$/.test(file) && SILENT_SKIP.test(bare(code)))
        .map(([file]) => file),
    broken: { 'test/a.test.ts': 'if (!root) this.skip()', 'test/b.test.ts': "it.only('x', run)" }
  },
  {
    rule: 'nothing names what is outside the repository, or the host of a package registry',
    violations: tree =>
      Object.entries(tree).flatMap(([file, content]) =>
        OUTSIDE.filter(name => content.includes(name)).map(name => `${file} names ${name}`)
      ),
    get broken() {
      return Object.fromEntries(OUTSIDE.map((name, i) => [`docs/${i}.md`, `see ${name}/x`]))
    }
  }
]

/** Types are left out: many are named for their readers alone. */
const VALUE_EXPORTED = /^export (?:const|class|(?:async )?function\*?) (\w+)/gm

/** `skip` of test/harness has a reason; these have none. */
const SILENT_SKIP = /\bthis\.skip\(|\bdescribe\.skip\(|\.only\(/

/** Put together here, so that this file does not name them. */
const OUTSIDE = [
  ['..', 'shared'].join('/'),
  ['', 'work', 'main'].join('/'),
  ['registry', 'npmjs'].join('.'),
  ['registry', 'yarnpkg'].join('.'),
  ['npm', 'pkg', 'github'].join('.'),
  ['registry', 'npmmirror'].join('.')
]

/** Without comments and texts. */
const bare = (code: string): string =>
  code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '').replace(/'(?:[^'\\\n]|\\.)*'/g, "''")

const readsEnvironment = (code: string): boolean =>
  /\bprocess\s*(?:\?\.|\.)\s*env\b|\}\s*=\s*process\b/.test(bare(code)) || /process\[['"]env|'node:process'/.test(code)

/** Files of a folder that export what `declaration` finds, and whose names are not in the table of `index`. */
function missingIn(tree: Tree, index: string, table: RegExp, folder: RegExp, declaration: RegExp): string[] {
  const listed = table.exec(tree[index]!)?.[1] ?? ''
  return Object.entries(tree).flatMap(([path, code]) => {
    const name = folder.test(path) ? declaration.exec(code)?.[1] : undefined
    return !name || new RegExp(`\\b${name}\\b`).test(listed) ? [] : [`${index} does not list ${name} of ${path}`]
  })
}

/** How the main thread's entries come to what belongs to the other thread. */
function mainThreadPaths(imports: Import[]): string[] {
  const way = new Map<string, string>()
  const visit = (file: string, path: string): void => {
    if (way.has(file)) return
    way.set(file, path)
    if (AGENT_THREAD.test(file)) return
    for (const { from, to } of imports) if (from === file) visit(to, `${path} → ${to}`)
  }
  for (const entry of ['lib/register.ts', 'lib/main.ts']) visit(entry, entry)
  return [...way].filter(([file]) => AGENT_THREAD.test(file)).map(([, path]) => path)
}

function cycles(imports: Import[]): string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const { from, to } of imports) if (from === file) visit(to, [...path, file])
    done.add(file)
  }
  for (const { from } of imports) visit(from, [])
  return found
}

describe('the architecture', () => {
  let everything: Tree
  before(() => {
    everything = read(
      files().filter(file => !/\.(?:key|crt|png|ico|gz)$/.test(file) && file !== 'test/architecture.test.ts')
    )
  })

  for (const { rule, violations, broken } of RULES) {
    it(rule, () => {
      const found = violations(everything)
      assert.ok(found.length === 0, `\n  ${found.join('\n  ')}`)
    })

    it(`${rule}: can fail`, () => {
      const before = new Set(violations(everything))
      for (const [file, content] of Object.entries(broken)) {
        // A circle takes all of them.
        const changed = { ...everything, ...(rule.includes('itself') ? broken : { [file]: content }) }
        assert.ok(
          violations(changed).some(line => !before.has(line)),
          `${file} breaks it, and nothing was found`
        )
      }
    })
  }

  it('reads all forms of an import', () => {
    const code = `
      import type { A } from './a.js'
      // import './no.js'
import a from './b.js'
import { type B, c } from './c.js'
import { type B, type C } from './d.js'
import type * as e from './e.js'
export * from './f.js'
export type { G } from './g.js'
import './h.js'
import {
  type I,
  i
} from './i.js'
const j = require('./j.js') as typeof import('./k.js')
await import('node:l')
`.replace(/^ {6}/gm, '')
    const said = importsOf('lib/x/y.ts', code).map(({ to, typeOnly }) => `${to}${typeOnly ? ' type' : ''}`)
    assert.deepEqual(said, [
      'lib/x/a.ts type',
      'lib/x/b.ts',
      'lib/x/c.ts',
      'lib/x/d.ts type',
      'lib/x/e.ts type',
      'lib/x/f.ts',
      'lib/x/g.ts type',
      'lib/x/h.ts',
      'lib/x/i.ts',
      'lib/x/j.ts',
      'lib/x/k.ts type',
      'node:l'
    ])
  })

  it('looks at all sources', () => {
    assert.ok(sources().length > 80)
    assert.ok(running(everything).length > 150)
  })
})
