// Calls V8's `console.profile()`, which bare Node does nothing for.

const { burnTheLoop } = require('./burn')
const { serve } = require('./lib')

serve({
  '/burn': () => burnTheLoop(300),
  '/profiled': () => {
    console.profile()
    burnTheLoop(500)
    console.profileEnd()
    return burnTheLoop(500)
  }
})
