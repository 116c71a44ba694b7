// `perfagent kernel` against the kernel of this machine: services whose trouble the process itself cannot see, each named right,
// and nothing left attached however it ends. Needs root, bpftrace, perf and tracefs (`node scripts/kernel.mjs` gets them, as root on
// Debian); skipped with the reason where they are missing.

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { KernelEvent } from '../../lib/kernel/events.js'
import type { Finding } from '../../lib/kernel/findings.js'
import { missingFor } from '../../lib/kernel/needs.js'
import type { Report } from '../../lib/types.js'
import { type App, runApp } from '../harness/app.js'
import { NODE, ROOT, startProgram } from '../harness/program.js'
import { skip } from '../harness/skip.js'

const CLI = path.join(ROOT, 'dist/cli.js')
/** Compiling its program takes bpftrace 2 s, and 10 on a machine that is busy. */
const ATTACHED_WITHIN_MS = 60_000

interface Traced {
  report: Report
  findings: Finding[]
  events: KernelEvent[]
}

interface Tracer {
  child: ChildProcess
  output: { stdout: string; stderr: string }
  /** The next request that it tells of. */
  next(): Promise<Traced>
  /** Its exit code, after `signal`. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

const running = new Set<ChildProcess>()

async function traced(pid: number, ...options: string[]): Promise<Tracer> {
  const child = spawn(process.execPath, [CLI, 'kernel', '--pid', String(pid), ...options], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  running.add(child)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  let told = 0
  const exited = once(child, 'close').finally(() => running.delete(child))
  await until(`attached: ${pid}`, ATTACHED_WITHIN_MS, () => {
    assert.equal(child.exitCode, null, output.stderr)
    return /armed|traces/.test(output.stderr)
  })
  return {
    child,
    output,
    async next() {
      await until('told of a request', 20_000, () => output.stdout.split('\n').length - 1 > told)
      return JSON.parse(output.stdout.split('\n')[told++]!)
    },
    async end(signal) {
      if (signal) child.kill(signal)
      const [code] = await exited
      return code
    }
  }
}

async function until(what: string, withinMs: number, met: () => boolean): Promise<void> {
  const late = performance.now() + withinMs
  while (!met()) {
    assert.ok(performance.now() < late, `not ${what} within ${withinMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** bpftrace and perf at work on this process. */
const toolsAt = (pid: number): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => commandOf(name))
    .filter(command => /^(?:[^\0]*\/)?(?:bpftrace|perf)\0/.test(command))
    .filter(command => command.includes(`pid == ${pid}`) || command.includes(`-p\0${pid}\0`))

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

describe('perfagent kernel, for real', function () {
  this.timeout(180_000)
  let folder: string

  before(function () {
    const missing = missingFor(process.pid, { perf: true, arguments: '' })
    if (missing.length > 0) skip(this, `perfagent kernel: ${missing.map(({ what }) => what).join(', ')}`)
    folder = mkdtempSync(path.join(tmpdir(), 'perfagent-kernel-'))
  })
  after(() => {
    for (const child of running) child.kill('SIGKILL')
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  describe('armed for slow requests', () => {
    let app: App
    let tracer: Tracer
    before(async () => {
      app = await runApp('kernel.js', {
        env: { FOLDER: folder },
        nodeArgs: ['--perf-basic-prof', '--interpreted-frames-native-stack']
      })
      await app.get('/warm')
      tracer = await traced(app.pid, '--on-slow', '--json')
    })
    after(async () => {
      app?.send('unused')
      await app?.stop()
    })

    it('a handler that reads a slow FIFO slept in read of that FIFO', async () => {
      await app.get('/fifo')
      const { report, findings, events } = await tracer.next()
      const [first] = findings
      assert.match(
        first!.sentence,
        /^The main thread was [\d.]+ ms in (?:\d+ calls of )?read of the FIFO .*\/slow\.fifo\.$/
      )
      // Whoever has read waits for a CPU before it goes on, on a busy machine for long.
      const readMs = report.durationMs - report.evidence.kernel!['runQueueWaitMs']!
      assert.ok(first!.ms > 0.8 * readMs, `${first!.ms} of ${readMs}`)
      assert.match(first!.stack!.join('\n'), /readSlowly .*kernel\.js/)
      assert.ok(events.some(({ type }) => type === 'sleep'))
    })

    it('a handler that commits to disk was in fsync of its file, also where each took less than a millisecond', async function () {
      const share = Number((await app.get('/fsync')).body)
      const { findings, report } = await tracer.next()
      if (share < 0.3) skip(this, 'the file system commits in no time')
      const [first] = findings
      assert.match(first!.sentence, /^The main thread was [\d.]+ ms in \d+ calls of fsync of .*\/ledger\.db/)
      assert.ok(first!.ms > 0.7 * share * report.durationMs, `${first!.ms} of ${share} of ${report.durationMs}`)
    })

    it('a handler that shares its CPU with another process waited for it', async () => {
      const cpu = String(
        Number(/\d+$/.exec(execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' }).trim())?.[0])
      )
      // The two before whoever else wants that CPU, by turns (sched(7)).
      const loop = 'console.log("runs"); for (;;);'
      const neighbour = spawn('chrt', ['--rr', '1', 'taskset', '-c', cpu, NODE, '-e', loop], {
        stdio: ['ignore', 'pipe', 'ignore']
      })
      running.add(neighbour)
      try {
        await once(neighbour.stdout, 'data')
        execFileSync('taskset', ['-acp', cpu, String(app.pid)])
        execFileSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(app.pid)])
        await app.get('/compute')
        const { findings, report } = await tracer.next()
        const waited = findings.find(({ kind }) => kind === 'cpu')
        assert.match(waited!.sentence, new RegExp(`for \\(;;\\);.* \\(pid ${neighbour.pid}\\) ran`))
        assert.ok(waited!.ms > 0.2 * report.durationMs, `${waited!.ms} of ${report.durationMs}`)
      } finally {
        neighbour.kill('SIGKILL')
        running.delete(neighbour)
        execFileSync('chrt', ['--all-tasks', '--other', '--pid', '0', String(app.pid)])
        execFileSync('taskset', ['-acp', `0-${cpu}`, String(app.pid)])
      }
    })

    it('the folder is the user’s alone, and Ctrl-C takes everything off', async () => {
      const uid = process.getuid!()
      assert.equal(execFileSync('stat', ['-c', '%a %u', `/tmp/perfagent-${uid}`], { encoding: 'utf8' }), `700 ${uid}\n`)
      assert.ok(existsSync(`/tmp/perfagent-${uid}/${app.pid}.sock`))
      assert.equal(toolsAt(app.pid).length, 2)
      assert.equal(await tracer.end('SIGINT'), 0)
      assert.deepEqual(toolsAt(app.pid), [])
      assert.ok(!existsSync(`/tmp/perfagent-${uid}/${app.pid}.sock`))
    })
  })

  describe('in a network of its own', () => {
    let service: ReturnType<typeof startProgram>
    let tracer: Tracer
    before(async function () {
      const wrapper = path.join(folder, 'node-in-a-network')
      const inside = `ip link set lo mtu 1500 up && exec "${NODE}" "$@"`
      writeFileSync(wrapper, `#!/bin/sh\nexec unshare -n sh -c '${inside}' sh "$@"\n`)
      chmodSync(wrapper, 0o755)
      service = startProgram('kernel-network.js', { node: wrapper, env: { PERFAGENT_SLOW_MS: '100' } })
      await once(service.child, 'message')
      if (!hole('add')) skip(this, 'tc can lose no packets here, neither with netem nor with a filter')
      hole('del')
      tracer = await traced(service.child.pid!, '--on-slow', '--json')
    })
    after(() => void service?.child.kill('SIGKILL'))

    const inNetwork = (...command: string[]): boolean =>
      spawnSync('nsenter', ['-t', String(service.child.pid), '-n', ...command], { stdio: 'ignore' }).status === 0
    const tc = (words: string, ...rest: string[]): boolean => inNetwork('tc', ...words.split(' '), ...rest)
    /**
     * Loses all packets. Where the kernel has no netem, a filter drops them as they come in (2 is TC_ACT_SHOT). A queue that is full
     * will not do: the sender is told, so that to TCP those packets were never sent.
     */
    const hole = (verb: 'add' | 'del'): boolean =>
      verb === 'del'
        ? tc('qdisc del dev lo root') || tc('qdisc del dev lo clsact')
        : tc('qdisc add dev lo root netem loss 100%') ||
          (tc('qdisc add dev lo clsact') && tc('filter add dev lo ingress bpf da bytecode', '1,6 0 0 2,'))

    async function request(thinksMs: number, during: () => Promise<void>): Promise<Traced> {
      service.child.send('go')
      assert.equal((await once(service.child, 'message'))[0], 'entered')
      const done = once(service.child, 'message')
      await during()
      service.child.send(thinksMs)
      return done.then(() => tracer.next())
    }

    it('a call whose packets are lost: the network', async () => {
      const { report, findings } = await request(0, async () => {
        assert.ok(hole('add'))
        setTimeout(() => hole('del'), 700)
      })
      assert.equal(report.verdict.cause, 'http.slow_peer')
      assert.equal(findings[0]!.kind, 'network', JSON.stringify(findings))
      assert.match(findings[0]!.sentence, /^The network lost packets: \d+ packets? sent again\./)
    })

    it('a call that the peer thinks about: the peer', async () => {
      const { report, findings } = await request(400, async () => {})
      assert.equal(report.verdict.cause, 'http.slow_peer')
      assert.equal(findings[0]!.kind, 'peer', JSON.stringify(findings))
      assert.match(findings[0]!.sentence, /^The peer was slow: no packet was sent again; a round trip takes [\d.]+ ms/)
    })

    it('ends by itself when the service dies, and takes everything off', async () => {
      const { pid } = service.child
      service.child.kill('SIGKILL')
      assert.equal(await tracer.end(), 0)
      assert.deepEqual(toolsAt(pid!), [])
    })
  })

  describe('for a time', () => {
    let app: App
    before(async () => {
      app = await runApp('kernel.js', { env: { FOLDER: mkdtempSync(path.join(folder, 'x')) } })
      await app.get('/warm')
    })
    after(async () => {
      await app?.stop()
    })

    it('prints what it saw, with the request and without names of JavaScript', async () => {
      const tracer = await traced(app.pid, '--seconds', '4')
      await app.get('/fifo')
      await app.get('/compute')
      assert.equal(await tracer.end(), 0)
      const { stdout } = tracer.output
      assert.match(stdout, /^GET \/fifo\b.* trace [0-9a-f]{32}$/m)
      assert.match(stdout, /^ {2}kernel {5}The main thread was [\d.]+ ms in .*read of the FIFO/m)
      assert.match(stdout, /^off-cpu\n {2}thread .*\n {2}main .* read /m)
      assert.match(stdout, /^run-queue\n {2}main thread: \d+ waits/m)
      assert.match(stdout, /^on-cpu\n/m)
      assert.match(stdout, /start the service with node --perf-basic-prof/)
    })

    it('tells of no request that begins when the time is over, while the tools still detach', async () => {
      const tracer = await traced(app.pid, '--seconds', '1', '--json')
      let over = false
      const ended = tracer.end().finally(() => (over = true))
      while (!over) await app.get('/fifo')
      assert.equal(await ended, 0)
      const { requests, end } = JSON.parse(tracer.output.stdout) as { requests: { start: number }[]; end: number }
      assert.ok(requests.length > 0)
      assert.deepEqual(
        requests.map(({ start }) => start - end).filter(late => late > 0),
        []
      )
    })

    it('a part that is not wanted is not attached', async () => {
      const tracer = await traced(app.pid, '--seconds', '2', '--json', '--without', 'on-cpu,run-queue')
      await app.get('/fifo')
      assert.equal(toolsAt(app.pid).filter(command => command.includes('perf\0')).length, 0)
      assert.equal(await tracer.end(), 0)
      const seen = JSON.parse(tracer.output.stdout)
      assert.deepEqual([seen.version, seen.kind, seen.pid, seen.lost], [1, 'kernel', app.pid, []])
      assert.deepEqual(seen.counted.histograms.main, undefined)
      assert.ok(seen.counted.calls.length > 0)
    })

    it('killed, it leaves nothing attached', async () => {
      const tracer = await traced(app.pid, '--seconds', '60')
      assert.equal(toolsAt(app.pid).length, 2)
      await tracer.end('SIGKILL')
      await until('detached', 20_000, () => toolsAt(app.pid).length === 0)
    })

    it('another user is told how', () => {
      const { status, stderr } = spawnSync(
        'setpriv',
        ['--reuid=65534', '--clear-groups', process.execPath, CLI, 'kernel', '--pid', String(app.pid)],
        {
          encoding: 'utf8'
        }
      )
      assert.match(stderr, /^perfagent kernel: only root may trace the kernel: sudo npx perfagent kernel --pid \d+$/m)
      assert.equal(status, 1)
    })
  })
})
