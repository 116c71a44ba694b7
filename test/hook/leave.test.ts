// Which calls of process.kill, process.reallyExit and process.execve Node takes for the end of the process, and which it does not.

import assert from 'node:assert/strict'
import { Session } from 'node:inspector'
import { constants } from 'node:os'
import { Worker } from 'node:worker_threads'
import { beforeLeaving, beforeWorkerIsEnded } from '../../lib/hook/leave.js'

describe('the moment before the process ends', () => {
  const { kill } = process
  const { reallyExit } = process as unknown as { reallyExit(code?: number): unknown }
  const exitAtOnce = (code?: number): unknown =>
    (process as unknown as { reallyExit: typeof reallyExit }).reallyExit(code)
  /** Not in Node 20. */
  const execve = Object.getOwnPropertyDescriptor(process, 'execve')
  const become = (): unknown => (process as unknown as { execve(path: string): unknown }).execve('/bin/true')
  let leaves: number
  let returns: number
  let stop: () => void
  beforeEach(() => {
    leaves = 0
    returns = 0
    Object.assign(process, { kill: () => true, reallyExit: () => true, execve: () => true })
    stop = beforeLeaving(
      () => leaves++,
      () => returns++
    )
  })
  afterEach(() => {
    stop()
    Object.assign(process, { kill, reallyExit })
    Reflect.deleteProperty(process, 'execve')
    if (execve) Object.defineProperty(process, 'execve', execve)
  })

  // what | call | how often it is one
  const cases: [string, () => unknown, number][] = [
    ['a signal to itself', () => process.kill(process.pid), 1],
    ['by nothing, which Node takes for SIGTERM', () => process.kill(process.pid, null as never), 1],
    ['by a text that has none', () => process.kill(process.pid, ''), 1],
    ['by its number', () => process.kill(process.pid, 15), 1],
    ['to its group', () => process.kill(-process.pid, 'SIGINT'), 1],
    ['to its id as text', () => process.kill(String(process.pid) as never, 'SIGINT'), 1],
    ['to all whom it may signal', () => process.kill(-1, 'SIGCHLD'), 1],
    ['a signal that no name is known for', () => process.kill(process.pid, 40), 1],
    ['a signal that ends nobody', () => process.kill(process.pid, 'SIGCHLD'), 1],
    ['a second of these, when the hooks of Node have run', () => twice('SIGWINCH'), 1],
    ['a second one that ends it', () => twice('SIGTERM'), 2],
    ['a second one that ends it, as few send it', () => twice('SIGXCPU'), 2],
    ['a second one that no name is known for', () => twice(40), 2],
    ['an exit without its event', () => exitAtOnce(3), 1],
    ['another program in its place', become, 1],
    ['a question whether it is there', () => process.kill(process.pid, 0), 0],
    ['a signal that there is not', () => process.kill(process.pid, 'SIGNONE'), 0],
    ['a signal to another', () => process.kill(process.ppid, 'SIGTERM'), 0]
  ]
  const twice = (signal: NodeJS.Signals | number): unknown =>
    process.kill(process.pid, signal) && process.kill(process.pid, signal)

  for (const [what, call, expected] of cases) {
    it(`${what}: ${expected === 0 ? 'is not' : 'is'} one`, () => {
      assert.equal(Boolean(call()), true)
      assert.equal(leaves, expected)
    })
  }

  it('is a short one where the process is to live on', () => {
    const given: boolean[] = []
    for (const signal of ['SIGTSTP', constants.signals.SIGWINCH, 'SIGHUP', undefined]) {
      stop()
      stop = beforeLeaving(
        mostMs => given.push(mostMs < 100),
        () => {}
      )
      process.kill(process.pid, signal)
    }
    exitAtOnce()
    assert.deepEqual(given, [true, true, false, false, false])
  })

  it('is sure to be followed by the end where nothing is left that could keep the process, as the kernel has its signals', () => {
    const given: boolean[] = []
    const event = (): void => process.listeners('exit')[0]!(0)
    const exiting = (): void => {
      Object.assign(process, { _exiting: true })
      event()
      Object.assign(process, { _exiting: false })
    }
    const signal =
      (pid: number, name: string): (() => unknown) =>
      () =>
        process.kill(pid, name)
    const sure = [
      exiting,
      exitAtOnce,
      signal(process.pid, 'SIGTERM'),
      signal(0, 'SIGHUP'),
      signal(process.pid, 'SIGKILL')
    ]
    // Node ignores SIGXFSZ, which would end others.
    const unsure = [
      event,
      become,
      signal(process.pid, 'SIGXFSZ'),
      signal(process.pid, 'SIGCHLD'),
      signal(-1, 'SIGTERM')
    ]
    for (const end of [...sure, ...unsure]) {
      stop()
      stop = beforeLeaving(
        (_mostMs, isSure) => given.push(isSure),
        () => {}
      )
      end()
    }
    assert.deepEqual(given, [...sure.map(() => true), ...unsure.map(() => false)])
  })

  it('is not sure where native code handles the signal, as V8 does while a CPU profile runs', () => {
    const given: boolean[] = []
    const profile = new Session()
    const end = (): void => {
      stop()
      stop = beforeLeaving(
        (_mostMs, isSure) => given.push(isSure),
        () => {}
      )
      process.kill(process.pid, 'SIGPROF')
    }
    profile.connect()
    profile.post('Profiler.enable')
    end()
    profile.post('Profiler.start')
    end()
    profile.disconnect()
    assert.deepEqual(given, [true, false])
  })

  it('is over when the process lives on', () => {
    process.kill(process.pid, 'SIGCONT')
    assert.deepEqual([leaves, returns], [1, 1])
    exitAtOnce()
    assert.equal(leaves, 2)
  })

  it('is over when no other program takes its place', () => {
    stop()
    Object.assign(process, {
      execve() {
        throw new Error('no such program')
      }
    })
    stop = beforeLeaving(
      () => leaves++,
      () => returns++
    )
    assert.throws(become, /no such program/)
    assert.deepEqual([leaves, returns], [1, 1])
    process.kill(process.pid, 'SIGCHLD')
    assert.deepEqual([leaves, returns], [2, 2])
  })

  it('is none where the application handles the signal', () => {
    const handler = (): void => {}
    process.on('SIGHUP', handler)
    process.kill(process.pid, 'SIGHUP')
    process.off('SIGHUP', handler)
    assert.equal(leaves, 0)
  })

  it('is watched no more when that is taken back', () => {
    const before = process.listenerCount('exit')
    stop()
    process.kill(process.pid)
    assert.deepEqual([leaves, process.listenerCount('exit')], [0, before - 1])
  })

  it('leaves nothing behind when that is taken back', () => {
    const found = (): unknown[] =>
      [process, Worker.prototype].flatMap(holder =>
        ['kill', 'reallyExit', 'execve', 'terminate'].map(name => Object.getOwnPropertyDescriptor(holder, name)?.value)
      )
    stop()
    const before = found()
    const endOfWorkers = beforeWorkerIsEnded(() => {})
    stop = beforeLeaving(
      () => leaves++,
      () => returns++
    )
    assert.notDeepEqual(found(), before)
    stop()
    endOfWorkers()
    assert.deepEqual(found(), before)
  })

  it('leaves what others have put around it meanwhile', () => {
    const seen: unknown[] = []
    const ours = process.kill
    process.kill = (...args) => {
      seen.push(args[1])
      return ours.apply(process, args)
    }
    const theirs = process.kill
    stop()
    assert.equal(process.kill, theirs)
    assert.equal(process.kill(process.pid, 'SIGTERM'), true)
    assert.deepEqual([seen, leaves], [['SIGTERM'], 0])
  })
})
