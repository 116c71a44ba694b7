// Says what it wants done with reports before it starts perfagent itself, and gives the API what it does not take, at each request.

const perfagent = require('perfagent')
const taken = perfagent.beforeReport(report => {
  report.annotations.taken = 'back'
})
taken()
perfagent.beforeReport(report => {
  report.request.path = '/-'
})
const heard = []
perfagent.onSlowRequest(report => heard.push(report.request.route))
perfagent.start()

const { serve } = require('./lib')

serve({
  '/slow': async () => {
    for (let i = 0; i < 10; i++) perfagent.annotate('tenant', undefined)
    await new Promise(resolve => setTimeout(resolve, 100))
    return 'done'
  },
  '/heard': async () => {
    await perfagent.flush()
    return heard.join()
  }
})
