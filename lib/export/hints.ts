// What an operator has probably got wrong where nothing was delivered over OTLP yet: told from how it failed. Pure. A table, of which the
// first that fits counts; the words of Node (20 to 26) and OpenSSL in it are those of the errors as lib/export/transport.ts shows them.

import type { Settings, Signal } from './otlp-settings.js'

interface Failed extends Pick<Settings, 'url' | 'protocol'> {
  reason: string
  path: Signal['path']
}

interface Hint {
  /** One of these is in the reason. */
  reasons: string[]
  fits?(failed: Failed): boolean
  say(failed: Failed): string
}

const CUT_OFF = ['socket hang up', 'ECONNRESET', 'the connection was closed before an answer came']
const NOT_HTTP_1 = ['Expected HTTP/']
const NOT_HTTP_2 = ['Protocol error', 'no application protocol']

const TWICE = /\/v1\/(?:traces|logs|metrics)\/v1\//

const isPort = (url: string, port: string): boolean => new URL(url).port === port

const HINTS: Hint[] = [
  {
    reasons: ['wrong version number', 'packet length too long'],
    say: ({ url }) => `no TLS is spoken there, so write the endpoint as http://${new URL(url).host}`
  },
  {
    reasons: ['self-signed certificate', 'unable to verify the first certificate', 'unable to get'],
    say: () => 'OTEL_EXPORTER_OTLP_CERTIFICATE names a PEM file of certificates to trust'
  },
  {
    reasons: [...CUT_OFF, ...NOT_HTTP_1, 'ECONNREFUSED', 'answered 404', 'answered 415'],
    fits: ({ url, protocol }) => protocol !== 'grpc' && isPort(url, '4317'),
    say: () => 'port 4317 is that of gRPC mostly, so set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or take port 4318'
  },
  {
    reasons: [...CUT_OFF, ...NOT_HTTP_2, 'ECONNREFUSED', 'answered 404', 'answered 415'],
    fits: ({ url, protocol }) => protocol === 'grpc' && isPort(url, '4318'),
    say: () => 'port 4318 is that of HTTP mostly, so set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or take port 4317'
  },
  {
    reasons: NOT_HTTP_1,
    say: () => 'HTTP/1.1 is not spoken there, so set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or write https:// if it is TLS'
  },
  {
    reasons: NOT_HTTP_2,
    say: () => 'HTTP/2 is not spoken there, so set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf'
  },
  {
    reasons: CUT_OFF,
    fits: ({ url }) => url.startsWith('http:'),
    say: () => 'if TLS is spoken there, write the endpoint with https://'
  },
  {
    reasons: ['answered 404'],
    fits: ({ url, path }) => new URL(url).pathname.endsWith(path) && TWICE.test(url),
    say: ({ path }) => `${path} is appended to OTEL_EXPORTER_OTLP_ENDPOINT, so leave it out there`
  },
  {
    reasons: ['answered 404'],
    fits: ({ url, path, protocol }) => protocol !== 'grpc' && !new URL(url).pathname.endsWith(path),
    say: ({ path }) => `the endpoint of a single signal is used as it is, so end it with ${path}`
  }
]

export function hintFor(failed: Failed): string | undefined {
  const found = HINTS.find(
    ({ reasons, fits }) => reasons.some(text => failed.reason.includes(text)) && (fits?.(failed) ?? true)
  )
  return found?.say(failed)
}
