// Reads what an OTLP backend says to a request that it took: how many spans or log records of it were thrown away. Pure.
// The two signals' answers have the same numbers: partial_success = 1, in it rejected = 1. What cannot be read says nothing.

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
    partialSuccess?: { rejectedSpans?: string | number; rejectedLogRecords?: string | number }
  }
  return Number(partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedLogRecords ?? 0)
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
