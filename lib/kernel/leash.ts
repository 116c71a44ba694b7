// Starts a tracing tool so that it cannot outlive us: its shell waits for the end of our pipe, which comes however we end, by
// SIGKILL too, and then interrupts the tool, which detaches and prints its sums. In a process group of its own, so that Ctrl-C on
// the terminal reaches us alone and the tool ends in order.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** `3` is the pipe; a command in the background would be given /dev/null instead. */
const LEASH =
  'exec 3<&0; "$@" </dev/null 3<&- & p=$!; { cat <&3; kill -INT $p; } >/dev/null 2>&1 & c=$!; exec 3<&-; wait $p; s=$?; kill $c 2>/dev/null; exit $s'

/** A tool has so long to detach and to print; what does not end is killed, and the kernel detaches for it. */
const END_MS = 10_000

export interface Tool {
  stdout: Readable
  /** As far as it has come. */
  stderr(): string
  ended: Promise<void>
  end(): Promise<void>
}

export function startTool(command: string[]): Tool {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn('sh', ['-c', LEASH, 'sh', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr = (stderr + text).slice(0, 100_000)
  })
  child.stdin.on('error', () => {})
  child.on('exit', () => child.stdin.destroy())
  const ended = once(child, 'close').then(
    () => {},
    () => {}
  )
  return {
    stdout: child.stdout,
    stderr: () => stderr,
    ended,
    async end() {
      child.stdin.end()
      const killing = setTimeout(() => killGroup(child.pid), END_MS)
      await ended
      clearTimeout(killing)
    }
  }
}

/** Another tool that reads what the first one writes, and so ends with it. */
export function startReader(command: string[], input: Readable): Pick<Tool, 'stdout' | 'ended'> {
  const [program, ...args] = command
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
  child.stdin.on('error', () => {})
  input.pipe(child.stdin)
  const ended = once(child, 'close').then(
    () => {},
    () => {}
  )
  return { stdout: child.stdout, ended }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {}
}
