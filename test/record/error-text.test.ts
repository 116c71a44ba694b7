import assert from 'node:assert/strict'
import { errorText } from '../../lib/record/error-text.js'

const refused = (address: string): Error => new Error(`connect ECONNREFUSED ${address}`)
const coded = (error: Error, code: string): Error => Object.assign(error, { code })

// what is thrown | what is kept of it
const CASES: [title: string, error: unknown, text: string][] = [
  ['its message', new TypeError('no such thing'), 'no such thing'],
  ['a text', 'timeout', 'timeout'],
  ['what is longer than anybody reads, cut', 'x'.repeat(1000), 'x'.repeat(512)],
  // As Node throws it where a name has several addresses: the message is empty.
  [
    'the first of several errors without a message of their own',
    coded(new AggregateError([refused('::1:80'), refused('127.0.0.1:80')]), 'ECONNREFUSED'),
    'connect ECONNREFUSED ::1:80'
  ],
  ['the message of several errors', new AggregateError([refused('::1:80')], 'all failed'), 'all failed'],
  ['the code of one without a message', coded(new Error(''), 'ECONNRESET'), 'ECONNRESET'],
  ['the code of several without a message', coded(new AggregateError([]), 'ECONNREFUSED'), 'ECONNREFUSED'],
  ['the name of one that says nothing', new RangeError(), 'RangeError'],
  ['several that say nothing', new AggregateError([null, new Error()]), 'AggregateError'],
  ['an empty text', '', 'string'],
  ['a number', 7, 'number'],
  ['an object without anything', Object.create(null), 'object'],
  ['a getter that throws', Object.defineProperty({}, 'message', { get: () => assert.fail() }), 'error'],
  ['an object as its name', { name: { toString: () => assert.fail() } }, 'object']
]

describe('the text of an error', () => {
  for (const [title, error, text] of CASES) it(title, () => assert.equal(errorText(error), text))
})
