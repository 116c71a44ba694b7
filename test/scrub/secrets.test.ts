import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createRedact, secretNames } from '../../lib/scrub/secrets.js'
import { growth } from './growth.js'

const CASES: [text: string, redacted: string][] = [
  ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED 127.0.0.1:5432'],
  ['relation "orders" does not exist', 'relation "orders" does not exist'],
  [
    'duplicate key value violates unique constraint "users_email_key"',
    'duplicate key value violates unique constraint "users_email_key"'
  ],
  ['invalid input syntax for type integer: "hunter2"', 'invalid input syntax for type integer: "?"'],
  ['value "99999999999" is out of range for type integer', 'value "?" is out of range for type integer'],
  ['syntax error at or near "hunter2"', 'syntax error at or near ?'],
  ["Duplicate entry 'O'Brien' and 'x' for key 'users.name'", "Duplicate entry '?' for key '?'"],
  ['Error in results, duplicate field name `s`e` cret`.\n(see option)', 'Error in results, duplicate field name ?'],
  ["Duplicate entry 'a' for key b' for key 'users.name'", "Duplicate entry '?' for key '?'"],
  ["near 'WHERE name = 'bob' AND a = 17' at line 1", 'near ?'],
  ["can't find user 'bob'", "can't find user '?'"],
  ["can't parse N'it''s' now", "can't parse N'?' now"],
  ["can't parse 'it'' hunter2' now", "can't parse '?' now"],
  ["broken 'C:\\' and ' bob'", "broken '?'"],
  ["open 'bob", "open '?'"],
  ['password=hunter2 host=db', 'password=? host=db'],
  ['PGPASSWORD: hunter 2, host: db', 'PGPASSWORD: ?, host: db'],
  ['{"accessToken":"hunter2","id":"a"}', '{"accessToken":?,"id":"?"}'],
  ["api_key => 'hunter2'", 'api_key => ?'],
  ['password="a\\"hunter2" of db', 'password=? of db'],
  ["password='a''hunter2' of db", 'password=? of db'],
  ['Authorization: Bearer hunter2', 'Authorization: ?'],
  ['got Bearer hunter2 instead', 'got Bearer ? instead'],
  ['sig=a&sessionId=b&x=1', 'sig=?&sessionId=?&x=1'],
  ['monkey=3, author=bob', 'monkey=3, author=bob'],
  ['api.keys=3, passes: 4', 'api.keys=?, passes: 4'],
  ['bad jwt eyJhbGciOi.eyJzdWIiOi.c2ln!', 'bad jwt ?!'],
  ['cannot reach postgres://bob:hunter2@db:5432/shop', 'cannot reach postgres://db:5432/shop'],
  ['cannot reach postgres://bob:hun/ter2@db:5432/shop', 'cannot reach postgres://db:5432/shop'],
  ['card 4111 1111 1111 1111 123 refused', 'card ? refused'],
  ['card 5018 1234 5678 1000 008 refused', 'card ? refused'],
  ['order 12 4111 1111 1111 1111 refused', 'order ? refused'],
  ['card 4111111111111112 refused', 'card 4111111111111112 refused'],
  ['order 123456789012 34567894 refused', 'order 123456789012 34567894 refused'],
  ['x'.repeat(5000), 'x'.repeat(2048)],
  ['a\u001b[31mb\nc', 'a [31mb c'],
  ['a\u009b31mb\u007fc', 'a 31mb c'],
  ['', '']
]

describe('createRedact', () => {
  const redact = createRedact([])

  for (const [text, redacted] of CASES)
    it(JSON.stringify(text.slice(0, 60)), () => assert.equal(redact(text), redacted))

  it('knows the names that the application adds', () => {
    assert.equal(createRedact(['iban'])('userIban=DE89 x=1'), 'userIban=? x=1')
    assert.equal(redact('userIban=DE89'), 'userIban=DE89')
    assert.equal(createRedact([''])('userIban=DE89'), 'userIban=DE89')
    assert.equal(createRedact(['TaxNumber'])('tax_number=17, tax-number=18'), 'tax_number=?, tax-number=?')
  })

  it('leaks no value behind a telling name, in any notation', () => {
    const name = fc.constantFrom(
      'password',
      'DB_PASSWD',
      'user.pwd',
      'x-api-key',
      'authToken',
      'cookie',
      'csrf',
      'cardNumber'
    )
    const notation = fc.constantFrom<(name: string, value: string) => string>(
      (n, v) => `${n}=${v}`,
      (n, v) => `${n}: ${v}`,
      (n, v) => `{"${n}":"${v}"}`,
      (n, v) => `{ ${n}: '${v}' }`,
      (n, v) => `"${n}" => "${v}"`,
      (n, v) => `?a=b&${n}=${v}&c=d`
    )
    const value = fc.stringMatching(/^s3cret[\w!$%^*+.-]{0,20}$/)
    fc.assert(
      fc.property(fc.string(), name, notation, value, (before, n, make, v) => {
        assert.ok(!redact(`${before} ${make(n, v)}`).includes('s3cret'))
      }),
      { numRuns: 2000 }
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), text => void redact(text)))
  })

  for (const piece of [
    '://',
    '://a:b',
    "'",
    '"',
    'key:',
    'key="',
    '1 ',
    '11',
    "Duplicate entry '",
    'near "',
    'eyJ.',
    'Bearer ',
    'aB'
  ]) {
    it(`takes time linear in the text: ${JSON.stringify(piece)} repeated`, () => {
      const ratio = growth(redact, piece, 2048)
      assert.ok(ratio < 10, String(ratio))
    })
  }
})

describe('secretNames', () => {
  const isSecret = secretNames([])
  for (const name of [
    'password',
    'userPassword',
    'X-Api-Key',
    'api_keys',
    'private-key',
    'jwt',
    'SESSION_ID',
    'creditLimit'
  ]) {
    it(`${name} is secret`, () => assert.ok(isSecret(name)))
  }
  for (const name of ['author', 'monkey', 'passenger', 'signal', 'discard', 'id'])
    it(`${name} is not`, () => assert.ok(!isSecret(name)))
})
