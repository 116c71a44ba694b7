// An OTLP/gRPC collector for tests, made with @grpc/grpc-js; messages are decoded by OpenTelemetry's own generated code.

import * as grpc from '@grpc/grpc-js'
import {
  decodeLogs,
  decodeMetrics,
  decodeSpans,
  type Encoder,
  collector as messages,
  type OtlpLog,
  type OtlpPoint,
  type OtlpSpan
} from './otlp.js'

const PROTOBUF = 'application/x-protobuf'

/** What a call is answered: undefined takes it. */
export type GrpcAnswer =
  | { code: number; details?: string; metadata?: grpc.Metadata }
  | { rejected: number }
  | 'hang'
  | undefined

export interface Collector {
  port: number
  url: string
  spans: OtlpSpan[]
  logs: OtlpLog[]
  /** One list for each collection. */
  metrics: OtlpPoint[][]
  calls: { method: string; metadata: grpc.Metadata; bytes: number; peer: string }[]
  answer: GrpcAnswer | ((call: number) => GrpcAnswer)
  /** As a server that is being replaced: GOAWAY, calls under way may end. */
  drain(): void
  close(): Promise<void>
}

const exporting = (service: string, response: Encoder): grpc.ServiceDefinition => ({
  Export: {
    path: `/opentelemetry.proto.collector.${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (value: Buffer) => value,
    responseSerialize: (value: object) => Buffer.from(response.encode(value).finish()),
    responseDeserialize: (value: Buffer) => value
  }
})

export async function startCollector({
  port = 0,
  credentials = grpc.ServerCredentials.createInsecure(),
  options = {}
}: {
  port?: number
  credentials?: grpc.ServerCredentials
  options?: grpc.ServerOptions
} = {}): Promise<Collector> {
  const server = new grpc.Server(options)
  const hanging: (() => void)[] = []

  function serve(name: string, rejected: string, keep: (body: Buffer) => void): grpc.UntypedServiceImplementation {
    return {
      Export: (call: grpc.ServerUnaryCall<Buffer, object>, done: grpc.sendUnaryData<object>) => {
        collector.calls.push({
          method: name,
          metadata: call.metadata,
          bytes: call.request.length,
          peer: call.getPeer()
        })
        const answer =
          typeof collector.answer === 'function' ? collector.answer(collector.calls.length) : collector.answer
        if (answer === 'hang') return void hanging.push(() => done(null, {}))
        if (answer && 'code' in answer) return done(answer as grpc.ServiceError)
        keep(call.request)
        done(null, answer ? { partialSuccess: { [rejected]: answer.rejected } } : {})
      }
    }
  }

  server.addService(
    exporting('trace.v1.TraceService', messages.trace.v1.ExportTraceServiceResponse),
    serve('traces', 'rejectedSpans', body => collector.spans.push(...decodeSpans(body, PROTOBUF)))
  )
  server.addService(
    exporting('logs.v1.LogsService', messages.logs.v1.ExportLogsServiceResponse),
    serve('logs', 'rejectedLogRecords', body => collector.logs.push(...decodeLogs(body, PROTOBUF)))
  )
  server.addService(
    exporting('metrics.v1.MetricsService', messages.metrics.v1.ExportMetricsServiceResponse),
    serve('metrics', 'rejectedDataPoints', body => collector.metrics.push(...decodeMetrics(body, PROTOBUF)))
  )

  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, found) => (error ? reject(error) : resolve(found)))
  )
  const collector: Collector = {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    spans: [],
    logs: [],
    metrics: [],
    calls: [],
    answer: undefined,
    drain() {
      server.drain(`127.0.0.1:${bound}`, 50)
    },
    async close() {
      for (const end of hanging) end()
      server.forceShutdown()
    }
  }
  return collector
}
