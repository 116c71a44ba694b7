// A service that uses OpenTelemetry's API from an ES module: what its import finds is perfagent.

import { metrics, trace } from '@opentelemetry/api'
import { serve } from './lib.js'

const tracer = trace.getTracer('modules')
const counter = metrics.getMeter('modules').createCounter('modules.calls')

serve({
  '/by-hand': () =>
    tracer.startActiveSpan('imported', span => {
      const found = trace.getActiveSpan() === span
      counter.add(1)
      span.end()
      return { found }
    })
})
