// Does nothing, does it late, does it with the processor.

const { serve } = require('./lib')

serve({
  '/': () => 'hello',
  '/late': () => new Promise(resolve => setTimeout(resolve, 200, 'late')),
  '/busy': () => {
    const until = performance.now() + 200
    while (performance.now() < until);
    return 'busy'
  }
})
