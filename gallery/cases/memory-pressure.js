// A service holds more than its memory limit: the kernel swaps out what was not used for long, and reads it back when it is,
// from a disk of 10,000 reads a second. Real groups of cgroup v1 with a limit for memory and one for the disk, and a swap file.
// Without swap there is nothing to show: what a limit makes the kernel drop then is the program's own code, and before that
// makes it slow it is killed.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const GROUPS = '/sys/fs/cgroup'
const MB = 1 << 20
const READS_PER_SECOND = 10_000

/** Returns the way out. */
function swapOn(size) {
  const file = path.join(os.tmpdir(), `gallery-swap-${process.pid}`)
  fs.writeFileSync(file, Buffer.alloc(size), { mode: 0o600 })
  try {
    execFileSync('mkswap', [file], { stdio: 'pipe' })
    execFileSync('swapon', [file], { stdio: 'pipe' })
  } catch (error) {
    fs.rmSync(file)
    throw error
  }
  return () => {
    execFileSync('swapoff', [file], { stdio: 'pipe' })
    fs.rmSync(file)
  }
}

/** This process enters a group of its own with these limits; returns the way out. */
function limit(controller, limits) {
  const group = `${GROUPS}/${controller}/perfagent-gallery-${process.pid}`
  fs.mkdirSync(group)
  const set = limits => {
    for (const [name, value] of Object.entries(limits)) fs.writeFileSync(`${group}/${controller}.${name}`, value)
  }
  const leave = () => {
    fs.writeFileSync(`${GROUPS}/${controller}/cgroup.procs`, String(process.pid))
    fs.rmdirSync(group)
  }
  try {
    set(limits)
    fs.writeFileSync(`${group}/cgroup.procs`, String(process.pid))
  } catch (error) {
    leave()
    throw error
  }
  return { set, leave }
}

const slowDisk = () => {
  const { dev } = fs.statSync(os.tmpdir())
  return limit('blkio', { 'throttle.read_iops_device': `${dev >> 8}:${dev & 255} ${READS_PER_SECOND}` })
}

exports.cannot = () => {
  try {
    swapOn(MB)()
    slowDisk().leave()
    limit('memory', {}).leave()
  } catch (error) {
    return `no swap with limits for memory and disk can be had here: ${error.message.trim()}`
  }
}

/** A table of `size` bytes, about half of which may be kept. */
function hold(size) {
  const swapOff = swapOn(2 * size)
  const disk = slowDisk()
  // Memory is charged to the group in which it was first used.
  const memory = limit('memory', {})
  const table = Array.from({ length: size / MB }, () => Buffer.alloc(MB, 1))
  memory.set({ limit_in_bytes: String(size / 2 + process.memoryUsage().heapUsed) })
  const close = () => {
    memory.set({ limit_in_bytes: '-1' })
    memory.leave()
    disk.leave()
    table.length = 0
    swapOff()
  }
  return { table, close }
}

const PAGE = 4096
function sumTable(table) {
  let sum = 0
  for (const part of table) for (let at = 0; at < part.length; at += PAGE) sum += part[at]
  return sum
}

/** Milliseconds that the main thread ran, or was ready to. */
const awakeMs = () => {
  const [ranNs, waitedNs] = fs.readFileSync('/proc/self/schedstat', 'latin1').split(' ')
  return (Number(ranNs) + Number(waitedNs)) / 1e6
}

/** Of some work, the time in which the thread slept. */
const asleep =
  ({ planted }) =>
  work => {
    const [start, awakeBefore] = [performance.now(), awakeMs()]
    const result = work()
    planted(performance.now() - start - (awakeMs() - awakeBefore))
    return result
  }

exports.app = tools => {
  const { table, close } = hold(64 * MB)
  return { routes: { '/warm': () => 'warm', '/sum': () => asleep(tools)(() => sumTable(table)) }, close }
}
// What serves requests is resident again before it counts.
exports.load = async ({ get }) => {
  await get('/warm')
  await get('/sum')
}
exports.expect = {
  route: '/sum',
  cause: 'memory.paging',
  culprit: /sumTable/,
  has: 'memory.paging',
  ms: 'planted'
}

exports.variants = {
  http: {},
  'after an await, express': {
    framework: 'express',
    app(tools) {
      const { table, close } = hold(64 * MB)
      async function report() {
        await new Promise(resolve => setTimeout(resolve, 20))
        return asleep(tools)(() => sumTable(table))
      }
      return { routes: { '/warm': () => 'warm', '/sum': report }, close }
    }
  }
}
