// A project of stand-ins around the real scripts and the real Mocha: `tsc` writes the tests that the case asks for, and the entries'
// types. Its services are one port of this process, so that none is started.

import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type ProgramOptions, ROOT } from '../harness/program.js'

export interface Project {
  folder: string
  /** For a script of it; `TESTS` is what `tsc` writes into each of its files of tests. */
  options(env: Record<string, string>): ProgramOptions
  remove(): Promise<void>
}

const PAGE_BUILDER =
  "import fs from 'node:fs'; export const build = async ({ outdir }) => (fs.mkdirSync(outdir, { recursive: true }), { metafile: { inputs: {} } })"

/** `files`: of tests, below dist/test. */
export async function standInProject(files: string[]): Promise<Project> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'check-test-'))
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), text)
  }
  await cp(path.join(ROOT, 'scripts'), path.join(folder, 'scripts'), { recursive: true })
  await write('package-lock.json', '{}')
  await write('node_modules/.package-lock.json', '{}')
  await write('node_modules/@biomejs/biome/bin/biome', 'process.exit(Number(process.env.LINT ?? 0))')
  await write(
    'node_modules/typescript/bin/tsc',
    `const fs = require('node:fs')
     const path = require('node:path')
     if (process.env.BUILD) { console.log(process.env.BUILD); process.exit(2) }
     fs.mkdirSync('dist/lib', { recursive: true })
     for (const entry of ['index', 'register', 'esm', 'otel']) fs.writeFileSync('dist/lib/' + entry + '.d.ts', '')
     for (const file of ${JSON.stringify(files.map(file => `dist/test/${file}`))}) {
       fs.mkdirSync(path.dirname(file), { recursive: true })
       fs.writeFileSync(file, process.env.TESTS)
     }`
  )
  await write('node_modules/esbuild/package.json', '{"exports":"./index.mjs"}')
  await write('node_modules/esbuild/index.mjs', PAGE_BUILDER)
  await write('page/index.html', '')
  await write(
    'gallery/run.mjs',
    `const [passes, failures] = (process.env.GALLERY ?? '0 0').split(' ').map(Number)
     process.send({ passes, failures }, () => process.exit(failures > 0 ? 1 : 0))`
  )
  await write('benchmarks/run.mjs', 'process.send({ passes: 0, failures: 0 }, () => process.exit(0))')
  await write('dist/test/of-a-deleted-source.test.js', "it('is stale', () => { throw new Error('stale') })")
  await symlink(path.join(ROOT, 'node_modules/mocha'), path.join(folder, 'node_modules/mocha'))
  const service = net.createServer().listen(0, '127.0.0.1')
  await once(service, 'listening')
  return {
    folder,
    options(env) {
      const { port } = service.address() as net.AddressInfo
      const services = {
        PGHOST: '127.0.0.1',
        PGPORT: String(port),
        MYSQL_URL: `mysql://127.0.0.1:${port}`,
        REDIS_URL: `redis://127.0.0.1:${port}`,
        // Else one would be installed.
        PERFAGENT_TEST_CHROMIUM: '/nowhere',
        PERFAGENT_TEST_KERNEL: 'no'
      }
      return { preload: 'none', node: process.execPath, env: { ...services, ...env } }
    },
    async remove() {
      service.close()
      await rm(folder, { recursive: true })
    }
  }
}
