// `npm run check:places [-- NAME…]`: perfagent where it runs among packages that are too large to be installed here, or that speak to
// services of their own: Next.js, PM2, bundlers, loaders of TypeScript, other agents, clients of other people's APIs, ORMs. Each place
// (scripts/places) is installed as it is published today into an empty folder beside the packed perfagent, and run there. Prints what was
// tried, with versions, and ends with 1 when something was not as docs/compatibility.md says. No part of `npm run check`: it takes minutes.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { agents } from './places/agents.mjs'
import { bundles } from './places/bundles.mjs'
import { clients } from './places/clients.mjs'
import { loaders } from './places/loaders.mjs'
import { next } from './places/next.mjs'
import { orms } from './places/orms.mjs'
import { pm2 } from './places/pm2.mjs'
import { build, install, ROOT } from './prepare.mjs'

const PLACES = { next, pm2, bundles, loaders, agents, clients, orms }

const NPM_INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
const LISTENS_WITHIN_MS = 60_000
const REPORTS_WITHIN_MS = 20_000
const LOOKS_EVERY_MS = 100
const ENDS_WITHIN_MS = 10_000

const asked = process.argv.slice(2)
await install()
await build()
const packed = pack()
try {
  for (const name of asked.length > 0 ? asked : Object.keys(PLACES)) await tryOut(name, PLACES[name])
} finally {
  rmSync(path.dirname(packed), { recursive: true })
}

async function tryOut(name, place) {
  if (!place) throw new Error(`"${name}" is no place: there are ${Object.keys(PLACES).join(', ')}`)
  const folder = mkdtempSync(path.join(os.tmpdir(), `perfagent-${name}-`))
  const running = new Set()
  const here = hereIn(folder, running)
  try {
    here.write('package.json', `{ "name": "${name}", "version": "1.0.0", "private": true }`)
    here.run('npm', [...NPM_INSTALL, packed, ...place.packages])
    const versions = place.packages.map(each => `${each} ${here.versionOf(each)}`).join(', ')
    console.log(`── ${name}: ${versions}`)
    await place.tried(here, line => console.log(`   ${line}`))
  } catch (error) {
    process.exitCode = 1
    console.log(`   ✘ ${error.message}`)
  } finally {
    for (const each of running) await each.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function pack() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'perfagent-packed-'))
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', `--pack-destination=${folder}`]
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' }))
  return path.join(folder, filename)
}

/** What a place is given to work with. */
function hereIn(folder, running) {
  let started = 0
  const env = more => ({ PATH: process.env.PATH, HOME: folder, PERFAGENT_SLOW_MS: '50', ...more })
  return {
    folder,
    versionOf: name =>
      JSON.parse(readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version,
    write(file, text) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      writeFileSync(path.join(folder, file), text)
    },
    run(program, args, more) {
      try {
        return execFileSync(program, args, { cwd: folder, encoding: 'utf8', env: env(more), stdio: 'pipe' })
      } catch (error) {
        throw new Error(`${program} ${args.join(' ')} failed\n${error.stdout}${error.stderr}`)
      }
    },
    /** Starts a program that prints where it listens (`listening on 4000`, or as `listens` finds it). */
    async start(args, more = {}, listens = /listening on (\d+)/) {
      const file = path.join(folder, `reports-${started++}.jsonl`)
      const child = spawn(process.execPath, args, {
        cwd: folder,
        env: env({ PERFAGENT_EXPORT: 'file', PERFAGENT_FILE: file, ...more })
      })
      const ended = once(child, 'exit')
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (output += text))
      const program = {
        output: () => output,
        async end(signal = 'SIGINT') {
          running.delete(program)
          if (child.exitCode !== null || child.signalCode !== null) return
          child.kill(signal)
          const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
          await ended
          clearTimeout(timer)
        },
        all: () =>
          existsSync(file)
            ? readFileSync(file, 'utf8')
                .split('\n')
                .slice(0, -1)
                .map(line => JSON.parse(line))
                .filter(({ status }) => status !== 'running')
            : [],
        get: async at =>
          (await fetch(`http://127.0.0.1:${program.port}${at}`, { headers: { connection: 'close' } })).text(),
        /** The report of the request for this path. */
        report: (at, also = () => true) =>
          soon(
            REPORTS_WITHIN_MS,
            () => program.all().find(report => report.request.path === at && also(report)),
            () => `no report of ${at}
${output}`
          ),
        port: 0
      }
      running.add(program)
      const fail = () => `it did not listen\n${output}`
      program.port = Number(await soon(LISTENS_WITHIN_MS, () => listens.exec(output)?.[1], fail))
      return program
    }
  }
}

async function soon(withinMs, look, problem) {
  for (const until = performance.now() + withinMs; performance.now() < until; await pause(LOOKS_EVERY_MS)) {
    const found = look()
    if (found !== undefined) return found
  }
  throw new Error(problem())
}
