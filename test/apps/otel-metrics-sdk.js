// A service that has OpenTelemetry's SDK for metrics and none for traces. ORDER: whether perfagent (AGENT) or the SDK comes first.
// The answer is what the SDK has collected, and whose the active span is.

const { trace, metrics } = require('@opentelemetry/api')
const early = process.env.ORDER === 'agent first' ? metrics.getMeter('early') : undefined
const before = early?.createCounter('before')

const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } =
  require('@opentelemetry/sdk-metrics')
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
const registered = metrics.setGlobalMeterProvider(provider)
if (process.env.ORDER !== 'agent first') require(process.env.AGENT)

const { serve } = require('./lib')

serve({
  '/count': async () => {
    before?.add(1)
    early?.createCounter('after').add(2)
    metrics.getMeter('late').createCounter('late').add(3)
    await provider.forceFlush()
    const seen = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics))
    return {
      registered,
      names: seen.map(({ descriptor }) => descriptor.name).sort(),
      recording: trace.getActiveSpan()?.isRecording() ?? false
    }
  }
})
