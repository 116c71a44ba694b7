// Reads what an OTLP backend says to a request: how many spans, log records, data points or profiles of one that it took were
// thrown away; when a failed one may be sent again. Pure. All signals' answers have the same numbers: partial_success = 1, in it
// rejected = 1. What cannot be read says nothing.

import { PbfReader } from 'pbf'

const PARTIAL_SUCCESS = 1
const REJECTED = 1

export function rejectedIn(body: Uint8Array, contentType: string): number {
  try {
    const rejected = contentType.startsWith('application/json') ? inJson(body) : inProtobuf(body)
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0
  } catch {
    return 0
  }
}

function inJson(body: Uint8Array): number {
  const { partialSuccess } = JSON.parse(Buffer.from(body).toString()) as {
    partialSuccess?: Record<string, unknown>
  }
  const [, rejected] = Object.entries(partialSuccess ?? {}).find(([name]) => name.startsWith('rejected')) ?? []
  return Number(rejected ?? 0)
}

function inProtobuf(body: Uint8Array): number {
  let rejected = 0
  new PbfReader(body).readFields((field, _result, reader) => {
    if (field !== PARTIAL_SUCCESS) return
    reader.readMessage((inner, _none, message) => {
      if (inner === REJECTED) rejected = message.readVarint(true)
    }, undefined)
  }, undefined)
  return rejected
}

// google.rpc.Status.details = 3, Any.type_url = 1 and .value = 2, RetryInfo.retry_delay = 1, Duration.seconds = 1 and .nanos = 2.
const RETRY_INFO = /(?:^|\/)google\.rpc\.RetryInfo$/

/** The delay that a `google.rpc.Status` asks for by RetryInfo; undefined when it does not. */
export function retryDelayMs(status: Uint8Array): number | undefined {
  let delayMs: number | undefined
  try {
    eachMessage(new PbfReader(status), 3, any => {
      let type = ''
      let value: Uint8Array = new Uint8Array()
      any.readFields((field, _, reader) => {
        if (field === 1) type = reader.readString()
        if (field === 2) value = reader.readBytes()
      }, undefined)
      if (RETRY_INFO.test(type)) eachMessage(new PbfReader(value), 1, delay => (delayMs = durationMs(delay)))
    })
  } catch {
    return undefined
  }
  return delayMs !== undefined && delayMs >= 0 ? delayMs : undefined
}

function eachMessage(reader: PbfReader, number: number, read: (inner: PbfReader) => void): void {
  reader.readFields((field, _, outer) => {
    if (field === number) read(new PbfReader(outer.readBytes()))
  }, undefined)
}

function durationMs(reader: PbfReader): number {
  let ms = 0
  reader.readFields((field, _, inner) => {
    if (field === 1) ms += inner.readVarint(true) * 1000
    if (field === 2) ms += inner.readVarint(true) / 1e6
  }, undefined)
  return ms
}
