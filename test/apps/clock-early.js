// Has the clocks replaced before its server listens, as fake timers that a test installs first, and puts them back with the first request.

const real = { hrtime: process.hrtime, now: Date.now, performance: globalThis.performance }
process.hrtime = Object.assign(() => [0, 0], { bigint: () => 0n })
Date.now = () => 0
const put = value => Object.defineProperty(globalThis, 'performance', { value, configurable: true, writable: true })
put({ now: () => 0 })

const { serve } = require('./lib')

serve({
  '/burn': () => {
    process.hrtime = real.hrtime
    Date.now = real.now
    put(real.performance)
    const end = Date.now() + 300
    while (Date.now() < end);
    return 'done'
  }
})
