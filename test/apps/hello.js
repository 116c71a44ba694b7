// Does nothing, does it late, does it with the processor.

const { serve } = require('./lib')

serve({
  '/': () => 'hello',
  '/slow': () => new Promise(resolve => setTimeout(resolve, 100, 'late')),
  '/busy': () => {
    const until = performance.now() + 200
    while (performance.now() < until);
    return 'busy'
  }
})
