// Our parsers of what strangers write, each as a function of any bytes, and what to begin with. None may throw anything but what it
// says, and none may take more than linear time. `parsers.test.ts` feeds them; so can a coverage-guided fuzzer, by `fuzz`:
//
//   PARSER=sql npx @jazzer.js/core dist/test/trust/parsers --sync -- -runs=1000000

import { routeOf } from '../../lib/hook/route.js'
import { OPTIONS, readConfig } from '../../lib/options/config.js'
import { BadBody, fromJson, fromProtobuf } from '../../lib/otlp/decode.js'
import { createPropagation } from '../../lib/record/propagation.js'
import { parseTraceparent, parseTracestate } from '../../lib/record/propagation-w3c.js'
import { maskCommand } from '../../lib/scrub/redis.js'
import { createRedact } from '../../lib/scrub/secrets.js'
import { maskSql } from '../../lib/scrub/sql.js'
import { summarizeSql } from '../../lib/scrub/sql-summary.js'
import { tokenize } from '../../lib/scrub/sql-tokens.js'
import { maskUrl } from '../../lib/scrub/url.js'

const spoken = createPropagation(['tracecontext', 'baggage', 'b3', 'b3multi'], () => 'service')
const redact = createRedact(['iban'])
const HEADERS = [
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-sampled',
  'x-b3-flags'
]
const VARIABLES = [
  { env: 'OTEL_RESOURCE_ATTRIBUTES', type: OPTIONS.resourceAttributes.type },
  { env: 'OTEL_EXPORTER_OTLP_HEADERS', type: OPTIONS.otlpHeaders.type },
  { env: 'PERFAGENT_SLOW_ROUTES', type: OPTIONS.slowRoutes.type },
  { env: 'OTEL_EXPORTER_OTLP_ENDPOINT', type: OPTIONS.otlpEndpoint.type }
]
const bad = (decode: () => unknown): void => {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof BadBody)) throw error
  }
}

const ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

export interface Parser {
  /** `which` of its variants, modulo how many there are (the length of the text); each takes another time. */
  run(text: string, bytes: Buffer, which?: number): void
  /** 1 unless told. */
  variants?: number
  corpus: string[]
  /** Pieces that, repeated, are the worst that one can think of. */
  pieces: string[]
}

export const PARSERS: Record<string, Parser> = {
  sql: {
    run(text) {
      for (const system of ['postgresql', 'mysql']) {
        maskSql(text, system)
        summarizeSql(tokenize(text, system))
      }
    },
    corpus: [
      "SELECT a, 'it''s', $tag$x$tag$, E'\\'', N'y', 0xff, 1e9 FROM t WHERE a IN (1, 2, 3) -- c\n/* /* n */ */",
      'INSERT INTO "a"."b" VALUES (`x`, "y\\"", ?, $1, :name, @v) ON CONFLICT DO UPDATE SET a = b::jsonb',
      "ALTER USER bob IDENTIFIED BY 'x'; CREATE ROLE x PASSWORD 'y'"
    ],
    pieces: ["'", '"', '$', '$a$', '/*', '--', '(', "E'\\", 'a ', '1,', 'IN (1),']
  },
  redis: {
    run: text => void maskCommand(text),
    corpus: ['SET user:17 value', 'AUTH default pw', 'EVAL "return 1" 0', 'GET session:abc:9'],
    pieces: [' ', ':', 'a:', '1']
  },
  errors: {
    run: text => void redact(text),
    corpus: [
      'password=hunter2 refused for postgres://u:p@h/x',
      `Duplicate entry 'x' for key 'y', near 'z' at line 1, card 4111 1111 1111 1111, {"token":"x"} Bearer y eyJa.b.c`
    ],
    pieces: ["'", '"', '4 ', 'key=', 'eyJ', '://', "Duplicate entry '", 'Bearer ']
  },
  urls: {
    run(text) {
      maskUrl(text)
      routeOf(text)
    },
    corpus: [
      'https://u:p@host:8080/a/17/b?x=1&token=2#f',
      '//x',
      '/%E0%A4%A',
      'http://[::1',
      '*',
      '/a/0af76519-16cd-43dd-8448-eb211c80319c'
    ],
    pieces: ['/', '?', '&a=', '@', '%', ':', '1/', '-a']
  },
  w3c: {
    variants: HEADERS.length,
    run(text, _bytes, which = text.length) {
      parseTraceparent(text)
      parseTracestate(text)
      const name = HEADERS[which % HEADERS.length]!
      const half = text.slice(Math.floor(text.length / 2))
      const incoming = spoken.extract([name, text, 'traceparent', `00-${ID}-${SPAN}-01`, name, half])
      const trace = { ...incoming, traceId: ID, sampled: true, random: true }
      for (const [header, value] of spoken.inject(trace, SPAN))
        if (!/^[\t\x20-\x7e]*$/.test(value) || value.length > 8192)
          throw new Error(`${header} would be invalid: ${value}`)
    },
    corpus: [`00-${ID}-${SPAN}-01`, 'perfagent=orders,vendor@x=1,a=b', 'k=v;p=1,k2=v%20', `${ID}-${SPAN}-1-${SPAN}`],
    pieces: [',', '=', 'a=b,', '-', '0', ' ', '%', '@']
  },
  environment: {
    variants: VARIABLES.length,
    run(text, _bytes, which = text.length) {
      const { env, type } = VARIABLES[which % VARIABLES.length]!
      type.parse(text)
      // All options are read each time, which takes ten times as long.
      if (which % 64 < VARIABLES.length) readConfig({ env: { [env]: text } })
    },
    corpus: ['a=b,c=d%20e', 'GET /a=100,POST /b=200', 'http://localhost:4318/x', 'authorization=Bearer%20x'],
    pieces: [',', '=', '%', 'a=', 'GET /=1,']
  },
  'otlp in protobuf': {
    run: (_text, bytes) => bad(() => fromProtobuf('ExportTraceServiceRequest', bytes)),
    corpus: ['\x0a\x10\x0a\x0e\x0a\x0c\x0a\x01a\x12\x07\x0a\x05hello', '\x0a\xff\xff\xff\xff\x0f', '\x0a\x02\x12\x00'],
    pieces: ['\x0a', '\x0a\x02', '\x12', '\xff']
  },
  'otlp in JSON': {
    run: text => bad(() => fromJson('ExportTraceServiceRequest', text)),
    corpus: [
      '{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"stringValue":"b"}}]},"scopeSpans":[{"spans":[{"traceId":"0a","startTimeUnixNano":"1"}]}]}]}',
      '{"resourceSpans":[{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}]}'
    ],
    pieces: ['[', '{"a":', '{"resourceSpans":[', '1,']
  }
}

const chosen = PARSERS[process.env['PARSER'] ?? '']

/** For @jazzer.js/core. */
export const fuzz = (bytes: Buffer): void => chosen?.run(bytes.toString('latin1'), bytes)

/** xorshift32: the same numbers in each run. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
