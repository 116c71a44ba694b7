// How long the work of a case was collected, by Node's own account: what is told of it is held against that.

const { PerformanceObserver } = require('node:perf_hooks')

/** Runs work turn by turn, and tells how long it was collected: of each pause the part in which the thread was on a CPU. */
exports.observe = ({ planted, now }) => {
  const pauses = []
  const turns = []
  const observer = new PerformanceObserver(list => pauses.push(...list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  async function turn(work) {
    const [start, ranBefore] = [performance.now(), now()]
    const result = work()
    const end = performance.now()
    turns.push({ start, end, ranShare: (now() - ranBefore) / (end - start) })
    await new Promise(setImmediate)
    return result
  }
  const ranMs = ({ startTime, duration }) =>
    duration * (turns.find(({ start, end }) => startTime >= start && startTime < end)?.ranShare ?? 1)
  return async work => {
    pauses.length = 0
    turns.length = 0
    const result = await work(turn)
    await new Promise(setImmediate)
    for (const pause of pauses) planted(ranMs(pause))
    return result
  }
}
