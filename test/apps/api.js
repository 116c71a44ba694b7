// Uses the public API in the ways that the README shows.

const perfagent = require('perfagent')
const { serve } = require('./lib')

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const summaries = []
let toldWhileRunning = () => {}

const undo = perfagent.onSlowRequest(report => {
  summaries.push(`${report.status} ${report.request.route}`)
})
perfagent.onSlowRequest({ running: true }, report => {
  if (report.status === 'running' && report.request.route === '/ends-when-told') toldWhileRunning('told while it ran')
})
perfagent.onSlowRequest(() => {
  throw new Error('a hook that throws')
})
perfagent.onSlowRequest(() => Promise.reject(new Error('a hook that rejects')))
perfagent.beforeReport(report => {
  if (report.request.route === '/dropped') return null
  report.annotations.seen = 'yes'
})
perfagent.beforeReport(report => {
  if (report.request.route === '/failing-filter') throw new Error('a filter that throws')
})

serve({
  '/annotated': async () => {
    perfagent.annotate('tenant', 'acme')
    perfagent.annotate('retries', 2)
    perfagent.annotate('wrong', {})
    await pause(100)
    return 'done'
  },
  '/operations': async () => {
    const sum = perfagent.operation('price rules', () => 1 + 1)
    const later = await perfagent.operation('stock service', async () => {
      await pause(100)
      return 'later'
    })
    const failed = await perfagent
      .operation('broken', () => Promise.reject(new Error('no')))
      .catch(error => error.message)
    return `${sum} ${later} ${failed}`
  },
  '/job': async () => {
    const value = await perfagent.request('nightly invoices', async () => {
      await perfagent.operation('ledger', () => pause(100))
      return 'invoiced'
    })
    const failed = await perfagent
      .request('broken job', async () => {
        await pause(100)
        throw new Error('no paper')
      })
      .catch(error => error.message)
    const thrown = (() => {
      try {
        return perfagent.request('broken at once', () => {
          throw new Error('no ink')
        })
      } catch (error) {
        return error.message
      }
    })()
    return [value, failed, thrown, perfagent.request('quick', () => 'quick')].join()
  },
  '/dropped': () => pause(100).then(() => 'dropped'),
  '/failing-filter': () => pause(100).then(() => 'dropped'),
  '/ends-when-told': () =>
    new Promise(resolve => {
      toldWhileRunning = resolve
    }),
  '/told': async () => {
    await perfagent.flush()
    undo()
    return JSON.stringify(summaries)
  },
  '/stop': async () => {
    await perfagent.stop()
    return perfagent.operation('off', () => 'still works')
  }
})
