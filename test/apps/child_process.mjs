// Children of requests, started in each way there is, by functions that were taken out of the module before anything listened.

import { exec, execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import lib from './lib.js'

const env = { PATH: process.env.PATH }
const ended = async child => String((await once(child, 'close'))[0])
const LATE = 'setTimeout(() => process.exit(process.argv[1] ?? 0), 60)'
const self = fileURLToPath(import.meta.url)

if (process.argv[2] === 'child') setTimeout(() => process.disconnect(), 60)
else {
  process.env.SECRET = 'sesame'
  lib.serve({
    '/spawn': () => ended(spawn(process.execPath, ['-e', LATE], { env, stdio: 'ignore' })),
    '/execFile': async () =>
      (await promisify(execFile)(process.execPath, ['-p', `${LATE};"said"`, '0', 'sesame'], { env })).stdout,
    '/exec': async () => (await promisify(exec)('sleep 0.1 && echo said sesame', { env })).stdout,
    '/prepared': async () => (await promisify(exec)('cd / && umask 022; exec sleep 0.1', { env })).stdout,
    '/quoted': async () => (await promisify(exec)('cd "/" && sleep 0.1', { env })).stdout,
    '/loop': async () => (await promisify(exec)('for each in sesame; do sleep 0.1; done', { env })).stdout,
    '/pipe': async () =>
      (await promisify(exec)('cd / && ls -1 2>&1 | (sleep 0.1; wc -l) | sort', { env })).stdout && '',
    '/several': async () =>
      (await promisify(exec)('umask 022; sleep 0.05\nsleep 0.05 || true; wc sesame', { env }).catch(() => ({})))
        .stdout ?? '',
    '/here': async () =>
      (await promisify(exec)('cat <<end && sleep 0.1\nsesame\nend\n', { env })).stdout.replace('sesame\n', ''),
    '/fork': () => ended(fork(self, ['child'], { env, execArgv: [] })),
    '/fails': () => ended(spawn(process.execPath, ['-e', LATE, '3'], { env, stdio: 'ignore' })),
    '/missing': async () => {
      const [error] = await once(spawn('no-such-program'), 'error')
      await new Promise(resolve => setTimeout(resolve, 60))
      return error.code
    },
    '/throws': async () => {
      await new Promise(resolve => setTimeout(resolve, 60))
      return spawn(process.execPath, { cwd: 1 })
    },
    '/listeners': async () => {
      const child = spawn('sleep', ['0.1'])
      const names = child.eventNames()
      await ended(child)
      return { names, exitCode: child.exitCode, own: Object.keys(child).length }
    }
  })
}
