// A service with a loader of modules of its own, as tests have them that put others in the place of Node's: nothing is of use in what it
// hands out from then on. GET /asked answers what it was asked for.

const Module = require('node:module')
const { serve } = require('./lib')

const asked = []
Module._load = name => {
  asked.push(name)
  return {}
}

serve({
  '/slow': () => new Promise(resolve => setTimeout(resolve, 150, 'late')),
  '/asked': () => asked.join()
})
