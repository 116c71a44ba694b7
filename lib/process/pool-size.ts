// How many threads libuv's pool has. Pure.

const DEFAULT_THREADS = 4
const MAX_THREADS = 1024

/** By UV_THREADPOOL_SIZE, as libuv reads it. */
export const threadsOf = (text: string | undefined): number =>
  text === undefined ? DEFAULT_THREADS : Math.min(Math.max(Number.parseInt(text, 10) || 0, 1), MAX_THREADS)

/** So many of them look up names at once (slow_work_thread_threshold of libuv's threadpool.c); other work has the rest. */
export const lookingUp = (threads: number): number => Math.floor((threads + 1) / 2)
