// The child processes of the keeper: each leads a process group, so that a signal to it reaches its own children, and
// none is left when killAll() is done.

import { spawn } from 'node:child_process'

const PATIENCE_MS = 5000
const READY_WITHIN_MS = 60_000
/** Enough to hold the reason of a failure, which stands at the end. */
const KEPT_OUTPUT = 4000

const children = new Set()
let closed = false

function open([command, ...args], signal, options) {
  if (closed) throw new Error('the services are being stopped')
  const process_ = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const child = { process: process_, signal, output: '', exited: undefined, onOutput: () => {} }
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      child.output = (child.output + text).slice(-KEPT_OUTPUT)
      child.onOutput()
    })
  }
  child.exited = new Promise(resolve => {
    process_.once('error', error => resolve(error.message))
    process_.once('close', (code, by) => resolve(code === 0 ? undefined : `${command} ended with ${by ?? code}`))
  })
  children.add(child)
  child.exited.then(() => children.delete(child))
  return child
}

/** Runs a command to its end. */
export async function run(command, options) {
  const child = open(command, 'SIGKILL', options)
  const problem = await child.exited
  if (problem) throw new Error(`${problem}\n${child.output}`)
}

/** Starts a service and waits for the line by which it says that it is ready; `signal` is how it is ended later. */
export async function launch(command, ready, signal, options) {
  const child = open(command, signal, options)
  const isReady = new Promise(resolve => {
    child.onOutput = () => ready.test(child.output) && resolve()
  })
  let timer
  const tooLate = new Promise(resolve => {
    timer = setTimeout(resolve, READY_WITHIN_MS, `${command[0]} was not ready within ${READY_WITHIN_MS / 1000} s`)
  })
  const problem = await Promise.race([isReady, tooLate, child.exited.then(reason => reason ?? `${command[0]} ended`)])
  clearTimeout(timer)
  child.onOutput = () => {}
  if (!problem) return
  kill(child, 'SIGKILL')
  await child.exited
  throw new Error(`${problem}\n${child.output}`)
}

/** Ends all of them, and lets no other begin. */
export async function killAll() {
  closed = true
  const killEach = signal => {
    for (const child of children) kill(child, signal ?? child.signal)
  }
  killEach()
  const timer = setTimeout(killEach, PATIENCE_MS, 'SIGKILL')
  await Promise.all([...children].map(child => child.exited))
  clearTimeout(timer)
}

function kill({ process: { pid } }, signal) {
  try {
    if (pid) process.kill(-pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
