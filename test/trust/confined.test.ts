// Where a container confines the process, its slow requests are told all the same: each place is made of mounts and namespaces of its own.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { APPS, NODE, REGISTER } from '../harness/program.js'
import { skip } from '../harness/skip.js'
import { tried } from './table.js'

/** How `unshare` is called, and what the shell inside does first. */
const PLACES: { title: string; unshare: string[]; first: string }[] = [
  {
    title: 'a file system that is read-only, /tmp too',
    unshare: ['--mount'],
    first: `for each in / /tmp; do mount --bind $each $each; mount -o remount,bind,ro $each; done; cd /; ! touch /tmp/x 2>/dev/null`
  },
  {
    title: 'nobody without privileges, and a file system that is read-only',
    unshare: ['--mount'],
    first: `for each in / /tmp; do mount --bind $each $each; mount -o remount,bind,ro $each; done; cd /
      set -- setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all "$@"`
  },
  { title: 'no /proc', unshare: ['--mount'], first: 'mount -t tmpfs none /proc' },
  {
    title: 'neither /proc, /sys nor /dev/shm',
    unshare: ['--mount'],
    first: 'for each in /proc /sys /dev/shm; do mount -t tmpfs none $each; done'
  },
  { title: 'PID 1', unshare: ['--mount', '--pid', '--fork', '--mount-proc'], first: ':' },
  { title: 'PID 1, beside the /proc of others', unshare: ['--mount', '--pid', '--fork'], first: ':' },
  { title: 'a user namespace', unshare: ['--user'], first: ':' },
  { title: '40 file descriptors', unshare: ['--mount'], first: 'ulimit -n 40' },
  { title: 'files that may not grow', unshare: ['--mount'], first: 'ulimit -f 0' }
]

describe('in a container, the agent tells what is slow, and nothing else, with', () => {
  before(function () {
    if (process.getuid?.() !== 0 || spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status !== 0)
      skip(this, 'only root makes the namespaces of a container, with unshare')
  })

  for (const { title, unshare, first } of PLACES)
    it(title, async () => {
      const program = [NODE, '--require', REGISTER, path.join(APPS, 'answers-itself.js')]
      const child = spawn('unshare', [...unshare, 'sh', '-c', `${first}\nexec "$@"`, 'sh', ...program], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          PERFAGENT_SLOW_MS: '10',
          PERFAGENT_EXPORT: 'stdout',
          PERFAGENT_EXIT_MS: '10000'
        }
      })
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
      assert.equal(code, 0, stderr)
      assert.equal(stderr, '')
      assert.match(stdout, /^GET .* ms {2}200$/m)
      tried('every way of running Node answers 200', 1, 0)
    })
})
