// The entry `perfagent/otel`, for services that already have an OpenTelemetry SDK. Main thread.

export { type EndedSpan, PerfagentSpanProcessor, type StartedSpan } from './api/processor.js'
