import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { createPropagation, type Outgoing, type Propagator } from '../../lib/record/propagation.js'
import { formatTracestate, parseTracestate } from '../../lib/record/propagation-w3c.js'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const PARENT = { traceId: TRACE, spanId: SPAN, sampled: true, random: false, debug: false }
const OUT: Outgoing = { traceId: TRACE, sampled: true, random: true, debug: false, state: '', baggage: 'a=1' }
const name = (): string => 'orders'

describe('propagators', () => {
  // which | what is sent
  const sent: [chosen: Propagator[], headers: Record<string, string>][] = [
    [
      ['tracecontext', 'baggage'],
      { traceparent: `00-${TRACE}-${SPAN}-03`, tracestate: 'perfagent=orders', baggage: 'a=1' }
    ],
    [['b3'], { b3: `${TRACE}-${SPAN}-1` }],
    [['b3multi'], { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '1' }],
    [['baggage', 'baggage'], { baggage: 'a=1' }],
    [['none'], {}],
    [['tracecontext', 'none'], {}]
  ]
  for (const [chosen, headers] of sent) {
    it(`${chosen} send ${Object.keys(headers).join(', ') || 'nothing'}`, () =>
      assert.deepEqual(Object.fromEntries(createPropagation(chosen, name).inject(OUT, SPAN)), headers))
  }

  it('say debug as B3 does', () => {
    const { inject } = createPropagation(['b3', 'b3multi'], name)
    assert.deepEqual(Object.fromEntries(inject({ ...OUT, debug: true }, SPAN)), {
      b3: `${TRACE}-${SPAN}-d`,
      'x-b3-traceid': TRACE,
      'x-b3-spanid': SPAN,
      'x-b3-flags': '1'
    })
  })

  it('let a decision of B3 without a trace decide nothing about the trace of a traceparent', () => {
    const { extract } = createPropagation(['tracecontext', 'b3'], name)
    const incoming = extract(['traceparent', `00-${TRACE}-${SPAN}-00`, 'b3', 'd'])
    assert.deepEqual([incoming.parent?.sampled, incoming.sampled, incoming.debug], [false, undefined, false])
    assert.deepEqual(extract(['b3', 'd']).sampled, true)
  })

  it('look at no traceparent that is longer than a later version could need', () => {
    const { extract } = createPropagation(['tracecontext'], name)
    const later = (chars: number): string => `01-${TRACE}-${SPAN}-01-`.padEnd(chars, 'x')
    assert.equal(extract(['traceparent', later(512)]).parent?.traceId, TRACE)
    assert.equal(extract(['traceparent', later(513)]).parent, undefined)
  })

  it('find the caller in whichever header of several it stands', () => {
    const { extract, callerOf } = createPropagation(['tracecontext'], name)
    const headers = ['traceparent', `00-${TRACE}-${SPAN}-01`, 'tracestate', 'a=1', 'Tracestate', 'perfagent=orders']
    assert.deepEqual([extract(headers).caller, callerOf(headers)], ['orders', 'orders'])
  })

  it('remember few of the callers that endless tracestates name', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { callerOf } = createPropagation(['tracecontext'], name)
    const usedAfter = (count: number): number => {
      for (let i = 0; i < count; i++) callerOf(['tracestate', `perfagent=s${i},a=${i}${'x'.repeat(200)}`])
      collect()
      return process.memoryUsage().heapUsed
    }
    const few = usedAfter(1000)
    const grown = usedAfter(60_000) - few
    assert.ok(grown < 5e6, `${grown} bytes`)
  })

  it('read nothing that they were not asked to', () => {
    const headers = ['traceparent', `00-${TRACE}-${SPAN}-01`, 'b3', `${TRACE}-${SPAN}-1`, 'baggage', 'a=1']
    const { parent, baggage } = createPropagation(['none'], name).extract(headers)
    assert.deepEqual([parent, baggage], [undefined, undefined])
    assert.equal(createPropagation(['baggage'], name).extract(headers).parent, undefined)
  })

  it('find the same in what they keep of the headers, which is no other', () => {
    const header = fc.tuple(
      fc.constantFrom(
        'traceparent',
        'TraceParent',
        'tracestate',
        'baggage',
        'b3',
        'x-b3-traceid',
        'cookie',
        'referer',
        'x-baggage'
      ),
      fc.constantFrom(`00-${TRACE}-${SPAN}-01`, `${TRACE}-${SPAN}-1`, TRACE, 'perfagent=orders', 'a=1', '')
    )
    const chosen = fc.subarray<Propagator>(['tracecontext', 'baggage', 'b3', 'b3multi'])
    fc.assert(
      fc.property(chosen, fc.array(header), (chosen, pairs) => {
        const { extract, fieldsIn, callerOf, mayConcern } = createPropagation(chosen, name)
        const headers = pairs.flat()
        const kept = fieldsIn(headers)
        assert.deepEqual(extract(kept), extract(headers))
        assert.equal(callerOf(kept), callerOf(headers))
        assert.ok(!['cookie', 'referer', 'x-baggage'].some(each => kept.includes(each)))
        assert.equal(mayConcern(headers), kept.length > 0)
      })
    )
  })

  it('the last that finds a trace wins', () => {
    const headers = ['traceparent', `00-${TRACE}-${SPAN}-01`, 'tracestate', 'a=1', 'b3', `${'1'.repeat(32)}-${SPAN}-1`]
    const first = createPropagation(['tracecontext', 'b3'], name).extract(headers)
    assert.deepEqual([first.parent!.traceId, first.state], ['1'.repeat(32), ''])
    const second = createPropagation(['b3', 'tracecontext'], name).extract(headers)
    assert.deepEqual([second.parent!.traceId, second.state], [TRACE, 'a=1'])
  })

  it('what others noted on a trace is handed on also where B3 names the same trace', () => {
    const { extract } = createPropagation(['tracecontext', 'b3'], name)
    const noted = ['traceparent', `00-${TRACE}-${SPAN}-01`, 'tracestate', 'a=1,perfagent=gateway']
    const { state, caller, parent } = extract([...noted, 'b3', `${TRACE}-${'2'.repeat(16)}-1`])
    assert.deepEqual([state, caller, parent!.spanId], ['a=1', 'gateway', '2'.repeat(16)])
  })

  it('hand no debug of B3 on into a trace of a traceparent that wins', () => {
    const { extract } = createPropagation(['b3', 'tracecontext'], name)
    const incoming = extract(['b3', `${TRACE}-${SPAN}-d`, 'traceparent', `00-${TRACE}-${SPAN}-00`])
    assert.deepEqual([incoming.parent!.sampled, incoming.debug], [false, false])
  })

  it('hand on a baggage of 8192 characters, and none that is longer', () => {
    const { extract } = createPropagation(['baggage'], name)
    const of = (chars: number): string => `a=${'x'.repeat(chars - 2)}`
    assert.deepEqual(
      [8192, 8193].map(chars => extract(['baggage', of(chars)]).baggage?.length),
      [8192, undefined]
    )
  })

  it('never throw, and hand on only what can be a header', () => {
    const { extract, inject } = createPropagation(['tracecontext', 'baggage', 'b3', 'b3multi'], name)
    const headerName = fc.constantFrom(
      'traceparent',
      'tracestate',
      'baggage',
      'b3',
      'x-b3-traceid',
      'x-b3-sampled',
      'host'
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(headerName, fc.string({ unit: 'binary' }))), pairs => {
        const { state, baggage } = extract(pairs.flat())
        for (const [, value] of inject({ ...OUT, state, baggage }, SPAN)) assert.match(value, /^[\t\x20-\x7e]*$/)
      })
    )
  })
})

describe('B3', () => {
  const { extract } = createPropagation(['b3'], name)
  const multi = (sampled: string): string[] => ['X-B3-TraceId', TRACE, 'X-B3-SpanId', SPAN, 'X-B3-Sampled', sampled]
  // title | headers | the parent
  const read: [title: string, headers: string[], parent: object | undefined][] = [
    ['one header', ['b3', `${TRACE}-${SPAN}-1`], PARENT],
    ['one header with the parent of the parent', ['b3', `${TRACE}-${SPAN}-0-${SPAN}`], { ...PARENT, sampled: false }],
    ['one header without a decision', ['B3', `${TRACE}-${SPAN}`], { ...PARENT, sampled: undefined }],
    ['one header with debug', ['b3', `${TRACE}-${SPAN}-d`], { ...PARENT, debug: true }],
    ['a short trace id', ['b3', `${SPAN}-${SPAN}-1`], { ...PARENT, traceId: SPAN.padStart(32, '0') }],
    ['upper case', ['b3', `${TRACE.toUpperCase()}-${SPAN}-1`], PARENT],
    ['several headers', multi('1'), PARENT],
    ['several headers, not sampled', multi('0'), { ...PARENT, sampled: false }],
    ['several headers, in words', multi('true'), PARENT],
    ['several headers, in words, not sampled', multi('false'), { ...PARENT, sampled: false }],
    ['several headers, debug', [...multi('0'), 'X-B3-Flags', '1'], { ...PARENT, debug: true }],
    ['both: the single one counts', [...multi('0'), 'b3', `${TRACE}-${SPAN}-1`], PARENT],
    ['a broken single one beside several', [...multi('1'), 'b3', 'garbage'], PARENT],
    ['zeros', ['b3', `${'0'.repeat(32)}-${SPAN}-1`], undefined],
    [
      'zeros behind another digit',
      ['b3', `${'1'.padEnd(32, '0')}-${SPAN}-1`],
      { ...PARENT, traceId: '1'.padEnd(32, '0') }
    ],
    ['a trace id alone', ['x-b3-traceid', TRACE], undefined],
    ['a trace id of 31 digits', ['b3', `${TRACE.slice(1)}-${SPAN}-1`], undefined]
  ]
  for (const [title, headers, parent] of read) it(title, () => assert.deepEqual(extract(headers).parent, parent))

  it('a decision without a trace counts for the trace that begins', () => {
    assert.equal(extract(['b3', '0']).sampled, false)
    assert.equal(extract(['x-b3-sampled', '1']).sampled, true)
    assert.equal(extract(['b3', 'd']).debug, true)
  })

  it('a word that is no decision leaves it to us, also one by which every object has something', () => {
    for (const word of ['yes', 'constructor', '__proto__', '']) {
      assert.equal(extract(['x-b3-sampled', word]).sampled, undefined, word)
      assert.deepEqual(extract(multi(word)).parent, { ...PARENT, sampled: undefined }, word)
    }
  })
})

describe('a tracestate that is handed on', () => {
  it('has no blanks around its members', () => assert.equal(parseTracestate(' a=1 \t,\tb=2 ,,').others, 'a=1,b=2'))

  it('has 32 members with ours, the oldest of others let go', () => {
    const others = Array.from({ length: 32 }, (_, i) => `m${i}=1`)
    assert.equal(formatTracestate(others.join(','), 'orders'), ['perfagent=orders', ...others.slice(0, 31)].join(','))
  })

  it('lets go of long members first where it is too long, the oldest of them first', () => {
    const [newer, older] = [`a=${'x'.repeat(200)}`, `c=${'x'.repeat(200)}`]
    const short = `b=${'x'.repeat(100)}`
    assert.equal(
      formatTracestate([newer, short, older].join(','), 'orders'),
      ['perfagent=orders', newer, short].join(',')
    )
  })
})

describe('the name of the service in tracestate', () => {
  for (const service of ['orders', 'Bestellungen, Größe=1', '名'.repeat(100), '', ' \u0000\ud800', '%']) {
    it(`carries ${JSON.stringify(service.slice(0, 30))}`, () => {
      const { caller, others } = parseTracestate(formatTracestate('a=1', service))
      assert.equal(others, 'a=1')
      assert.ok(
        caller !== undefined && (caller === 'unknown' || service.replace('\ud800', '').startsWith(caller)),
        caller
      )
    })
  }

  it('is told as caller by the called', () => assert.equal(parseTracestate('b=2,perfagent=gateway').caller, 'gateway'))

  it('is told as it came where it is not encoded as we do', () => {
    assert.equal(parseTracestate('perfagent=100%').caller, '100%')
    assert.equal(parseTracestate(`perfagent=%${'x'.repeat(200)}`).caller, `%${'x'.repeat(63)}`)
  })

  it('is no member that anybody could refuse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), service => {
        assert.match(formatTracestate('', service), /^perfagent=[\x21-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/)
      })
    )
  })
})
