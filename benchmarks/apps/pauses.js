// An application with much compiled code that looks, in a tight loop, how long its main thread was away: `gaps` are those over
// 0.3 ms, without garbage collections and without the time in which the kernel ran something else (schedstat's second field).
// Where perfagent runs, it also notes when the agent thread had this one do something.
const { readFileSync } = require('node:fs')
const http = require('node:http')
const { PerformanceObserver } = require('node:perf_hooks')

const FUNCTIONS = 60_000
const GAP_MS = 0.3

/** About 60 MB of heap: functions that ran, so that they are compiled. */
const code = []
for (let i = 0; i < FUNCTIONS; i += 100) {
  const source = Array.from(
    { length: 100 },
    (_, j) => `function f${i + j}(a, b) { const o = { a, b, c: ${i + j}, d: 'text ${i + j}' }; return o.a + o.b * o.c }`
  ).join('\n')
  const names = Array.from({ length: 100 }, (_, j) => `f${i + j}`).join()
  const functions = new Function(`${source}; return [${names}]`)()
  for (const fn of functions) fn(i, 1)
  code.push(functions)
}

const collections = []
new PerformanceObserver(list => {
  for (const { startTime, duration } of list.getEntries())
    collections.push({ start: startTime, end: startTime + duration })
}).observe({ entryTypes: ['gc'] })

const looks = []
const perfagent = globalThis[Symbol.for('perfagent')]
for (const name of ['probe', 'overdue', 'rotate']) {
  const original = perfagent?.answers[name]
  if (original) {
    perfagent.answers[name] = (...args) => {
      const start = performance.now()
      const answer = original(...args)
      looks.push({ start, end: performance.now() })
      return answer
    }
  }
}

const waitedMs = () => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / 1e6

const server = http.createServer((_req, res) => {
  res.setHeader('content-type', 'text/plain')
  res.end('hello')
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
process.on('disconnect', () => process.exit())
process.on('message', ({ seconds }) => {
  const gaps = []
  looks.length = 0
  const end = performance.now() + seconds * 1000
  let last = performance.now()
  let waited = waitedMs()
  const look = () => {
    const now = performance.now()
    if (now - last > GAP_MS) {
      const waitedNow = waitedMs()
      gaps.push({ start: last, end: now, waitedMs: waitedNow - waited })
      waited = waitedNow
    }
    last = performance.now()
    if (now < end) return setImmediate(look)
    setTimeout(() => {
      const within = (gap, intervals) => intervals.some(({ start, end }) => end > gap.start && start < gap.end)
      const own = gaps.filter(gap => !within(gap, collections))
      const longest = gaps => Math.max(0, ...gaps.map(gap => gap.end - gap.start - gap.waitedMs))
      process.send({
        heapMb: process.memoryUsage().heapUsed / 2 ** 20,
        longestMs: longest(own),
        longestOfAgentMs: longest(own.filter(gap => within(gap, looks))),
        looks: looks.length
      })
    }, 100)
  }
  look()
})
