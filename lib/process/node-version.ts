// Which versions of Node there is something to say about. Any thread; loaded before anything else, so it loads nothing.
//
// On some supported versions AsyncLocalStorage turns a stack overflow that the application catches into the end of the process
// (CVE-2025-59466, fixed in 20.20.0, 22.22.0, 24.13.0 and 25.3.0).

const FIXED_IN: Record<number, number> = { 20: 20, 22: 22, 24: 13, 25: 3 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

export const isSupported = (): boolean => major > 20 || (major === 20 && minor >= 19)

/** Not on Node 26, whose fs.readFile is one job of libuv's pool without a request object (measured on 26.10). */
export const listsFileReads = (): boolean => major < 26

/** Not on Node 22 and newer: V8 11.3 aborts where a thread is terminated in `Atomics.wait` whose last termination was swallowed. */
export const abortsStoppedWaits = (): boolean => major === 20

/** Not on Node 20: a thread of a process from a startup snapshot ends it when it loads node:net, by an assertion (tried on 22, 24, 26). */
export const abortsThreadsOfSnapshots = (): boolean => major > 20

/** The version to update to, where this one has the flaw. */
export function flawFixedIn(): string | undefined {
  const fixed = FIXED_IN[major]
  return fixed !== undefined && minor < fixed ? `${major}.${fixed}.0 or newer` : undefined
}
