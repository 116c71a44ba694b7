// Plays with the clocks while requests run: steps of the wall clock, and fake timers as test libraries install them.

const { serve } = require('./lib')

const realNow = Date.now
const realPerformance = globalThis.performance
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const stepBy = ms => {
  Date.now = () => realNow() + ms
}
const put = value => Object.defineProperty(globalThis, 'performance', { value, configurable: true, writable: true })

const during = (begin, end) => async () => {
  await pause(30)
  begin()
  await pause(60)
  end?.()
  return 'done'
}

serve({
  '/forward': during(() => stepBy(3_600_000)),
  '/back': during(() => stepBy(-3_600_000)),
  '/fake': during(
    () => put({ now: () => 0, mark() {}, eventLoopUtilization: undefined }),
    () => put(realPerformance)
  ),
  '/stopped': () => pause(100).then(() => 'done')
})
