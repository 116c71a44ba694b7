// What the parts of `perfagent kernel` see, as one type. Types only. Times are milliseconds of CLOCK_MONOTONIC, which is the
// clock of the agent's timelines (lib/process/clock.ts), so that the two are joined by comparing numbers.

interface Span {
  /** Thread. */
  tid: number
  start: number
  end: number
}

/** A thread slept, and not because it had nothing to do. Stacks are leaf first. */
export interface Sleep extends Span {
  type: 'sleep'
  /** Number of the system call in which it slept; -1: in none, as when a page had to be read. */
  call: number
  kernel: string[]
  user: string[]
}

/** A thread could run and did not: the CPU was somebody else's. */
export interface Queued extends Span {
  type: 'queued'
  /** On which it began to wait, and on which it ran in the end. */
  cpus: number[]
}

/** Another process ran while one of our threads waited for that CPU. */
export interface Ran {
  type: 'ran'
  cpu: number
  pid: number
  comm: string
  start: number
  end: number
}

/** A system call that took long. */
export interface Call extends Span {
  type: 'call'
  call: number
  /** As the kernel has it: negative is an error number. */
  result: number
  /** The path, or the last three names of it. */
  file: string | undefined
  kind: 'file' | 'fifo' | 'socket' | 'directory' | 'device' | undefined
  /** `address:port` of a TCP socket's other end. */
  peer: string | undefined
}

/** The disk served a request of this process. */
export interface BlockIo {
  type: 'io'
  start: number
  end: number
  bytes: number
  /** The kernel's letters: R read, W write, F flush, S synchronous, … */
  flags: string
}

/** A page had to be read before the thread could go on. */
export interface Fault {
  type: 'fault'
  tid: number
  at: number
}

/** TCP gave a sign of trouble on a connection. */
export interface TcpTrouble {
  type: 'tcp'
  sign: 'retransmit' | 'retransmit-synack' | 'reset-received' | 'reset-sent'
  at: number
  local: string
  peer: string
  /** True while the connection is being made. */
  connecting: boolean
  /** Of the socket, as in /proc/PID/fd; 0 when it has none any more. */
  inode: number
}

/** A thread was seen on a CPU. Leaf first. */
export interface Sample {
  type: 'sample'
  tid: number
  at: number
  frames: string[]
}

export type KernelEvent = Sleep | Queued | Ran | Call | BlockIo | Fault | TcpTrouble | Sample

/** Counted in the kernel, because each alone is not worth a record. */
export interface Counted {
  /** By thread and system call. */
  calls: { tid: number; call: number; count: number; ms: number }[]
  /** Microseconds in powers of two: how many waited, by lower bound. */
  histograms: Record<string, Bucket[]>
}

export interface Bucket {
  fromUs: number
  toUs: number
  count: number
}

export const startOf = (event: KernelEvent): number => ('start' in event ? event.start : event.at)
export const endOf = (event: KernelEvent): number => ('end' in event ? event.end : event.at)

export const shifted = (event: KernelEvent, ms: number): KernelEvent =>
  'start' in event ? { ...event, start: event.start + ms, end: event.end + ms } : { ...event, at: event.at + ms }
