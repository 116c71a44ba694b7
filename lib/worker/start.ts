// Whether the agent thread has come up when the process ends. One word of shared memory, another for each thread that is started: the
// agent thread sets it before it opens an inspector session, for which Node would wait, and the main thread when it leaves without
// that thread. Who is first decides. Both threads.

const STARTING = 0
const UP = 1
const LEFT = 2

export type Start = Int32Array

export const createStart = (): Start => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

/** Agent thread. False: the main thread has left without it. */
export const comeUp = (start: Start): boolean => Atomics.compareExchange(start, 0, STARTING, UP) === STARTING

/** Main thread. False: the agent thread has come up, and has to hang up first. */
export const leaveWithoutIt = (start: Start): boolean => Atomics.compareExchange(start, 0, STARTING, LEFT) === STARTING
