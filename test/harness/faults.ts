// Breaks one part of the agent: preloaded before it (`--require`), with FAULT naming the part. Nothing in the agent knows of this;
// functions are replaced in its compiled modules before anybody has read them.
//
// `main:FILE#NAME` makes an exported function throw at each call, `main:FILE#NAME.METHOD` a method of what it returns; `worker:…`
// does the same on the agent thread, and `worker:!WORD` is one of DEATHS. LAUNCHES says how many of the threads are broken.

import { writeSync } from 'node:fs'
import path from 'node:path'
import { isMainThread, workerData } from 'node:worker_threads'

const LIB = path.join(__dirname, '../../lib')

type Callable = (...args: unknown[]) => unknown
type Exports = Record<string, Callable>

/** A test that breaks nothing would pass. It may be called inside the agent, which swallows what is thrown. */
function noPart(part: string): never {
  writeSync(2, `there is no ${part}\n`)
  process.kill(process.pid, 'SIGKILL')
  throw new Error()
}

const injected = (): never => {
  throw new Error('injected')
}

/** `guard` is what holds the others: there what it guards throws, not it itself. */
function breakPart(part: string): void {
  const [file, names = ''] = part.split('#')
  const [name = '', method] = names.split('.')
  const exports = require(path.join(LIB, file!)) as Exports
  const original = exports[name] ?? noPart(part)
  if (file === 'hook/guard.js') exports[name] = fuse => original(fuse, injected)
  else if (method === undefined) exports[name] = injected
  else exports[name] = (...args) => breakMethod(original(...args), method, part)
}

function breakMethod(made: unknown, method: string, part: string): unknown {
  if (made instanceof Promise) return made.then(value => breakMethod(value, method, part))
  if (typeof (made as Exports)[method] !== 'function') noPart(part)
  Object.assign(made as object, { [method]: injected })
  return made
}

/** All that instrumentations say of messages. */
function breakDescriptions(): void {
  const { instrumentations } = require(path.join(LIB, '../instrumentations/index.js')) as {
    instrumentations: Record<string, object[] | undefined>[]
  }
  for (const { operations = [], routes = [] } of instrumentations)
    for (const source of [...operations, ...routes] as Exports[])
      for (const [name, value] of Object.entries(source)) if (typeof value === 'function') source[name] = injected
}

const standStill = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const DEATHS: Record<string, () => void> = {
  exit: () => setTimeout(() => process.exit(1), 100),
  throw: () => setTimeout(injected, 100),
  'out of memory': () =>
    setTimeout(() => {
      const held: unknown[] = []
      for (;;) held.push(new Array(100_000).fill(held.length))
    }, 100),
  slow: () => setTimeout(() => standStill(10_000), 100),
  'comes late': () => standStill(1000),
  'never comes': () => standStill(600_000),
  'late turns': () => {
    globalThis.setImmediate = ((call: Callable, ...args: unknown[]) => setTimeout(call, 50, ...args)) as never
  },
  'no profile': () => {
    const inspector = require(path.join(LIB, 'evidence/inspector.js')) as Exports
    const connect = inspector['connectToMainThread']!
    inspector['connectToMainThread'] = () => Object.assign(connect() as object, { on: () => {} })
  }
}

function breakAs(fault: string): void {
  if (fault.startsWith('!')) DEATHS[fault.slice(1)]!()
  else if (fault === 'descriptions') breakDescriptions()
  else breakPart(fault)
}

const { FAULT = '', LAUNCHES = '99' } = process.env

if (!isMainThread) {
  if (workerData?.fault) breakAs(workerData.fault)
  if (workerData?.main) require(workerData.main)
} else if (FAULT.startsWith('main:')) breakAs(FAULT.slice('main:'.length))
else {
  const threads = require('node:worker_threads') as typeof import('node:worker_threads')
  let launches = 0
  threads.Worker = class extends threads.Worker {
    constructor(main: string, options: { name?: string; workerData: object }) {
      const isOurs = options.name === 'perfagent'
      const fault = isOurs && launches++ < Number(LAUNCHES) ? FAULT.slice('worker:'.length) : ''
      if (isOurs) super(__filename, { ...options, workerData: { ...options.workerData, main, fault } })
      else super(main, options)
    }
  } as never
}
