// What leaves the process of a statement. The token test is the one that matters: a secret is planted in every form of
// literal that the two dialects know, inside statements put together at random.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { memo } from '../../lib/scrub/memo.js'
import { maskSql } from '../../lib/scrub/sql.js'
import { growth } from './growth.js'

const CASES: [title: string, system: string, sql: string, masked: string][] = [
  ['a quoted literal', 'postgresql', "SELECT * FROM t WHERE a = 'x'", 'SELECT * FROM t WHERE a = ?'],
  ['a doubled quote', 'postgresql', "SELECT 'it''s', b", 'SELECT ?, b'],
  ['a backslash that escapes nothing', 'postgresql', "SELECT a LIKE ? ESCAPE '\\', 'x'", 'SELECT a LIKE ? ESCAPE ?, ?'],
  ['a backslash that escapes', 'mysql', "SELECT 'it\\'s', b", 'SELECT ?, b'],
  ['an escape string', 'postgresql', "SELECT E'it\\'s', b", 'SELECT ?, b'],
  ['an escape string continued on the next line', 'postgresql', "SELECT E'a' -- c\n 'b\\'c', 'd'", 'SELECT ?, ?'],
  ['prefixed literals', 'postgresql', "SELECT N'a', b'01', X'ff', U&'\\0041'", 'SELECT ?, ?, ?, ?'],
  ['a quoted Unicode name', 'postgresql', 'SELECT U&"a" FROM t', 'SELECT U&"a" FROM t'],
  ['a word before a literal', 'postgresql', "SELECT date'2020-01-01'", 'SELECT date?'],
  [
    'a word before a literal in which a backslash escapes nothing',
    'postgresql',
    "WHERE a LIKE 'x' ESCAPE'\\' AND b = 's3cret'",
    'WHERE a LIKE ? ESCAPE? AND b = ?'
  ],
  [
    'a column before an operator and a literal',
    'mysql',
    `SELECT u&"s3cret", u&'a\\'s3cret' FROM t`,
    'SELECT u&?, u&? FROM t'
  ],
  ['a column before an operator and a literal', 'sqlite', 'SELECT u&"s3cret" FROM t', 'SELECT u&? FROM t'],
  ['a character set before a literal', 'mysql', "SELECT _utf8mb4'a', _latin1 'b'", 'SELECT ?, _latin1 ?'],
  ['dollar quotes', 'postgresql', "SELECT $$it's$$, $f$ $$ ' $f$, $1", 'SELECT ?, ?, $1'],
  ['double quotes as name', 'postgresql', 'SELECT "a""b" FROM "T"', 'SELECT "a""b" FROM "T"'],
  ['double quotes as literal', 'mysql', 'SELECT "a""b", "c\\"d" FROM t', 'SELECT ?, ? FROM t'],
  ['double quotes elsewhere', 'sqlite', 'SELECT "a" FROM t', 'SELECT ? FROM t'],
  ['backticks', 'mysql', 'SELECT `it\'s` FROM `a``b` WHERE c = "d"', "SELECT `it's` FROM `a``b` WHERE c = ?"],
  ['numbers', 'postgresql', 'SELECT 1, 2.5, .5, 1e10, 1.5E-3, 0xFF, 0b01, 1_000', 'SELECT ?, ?, ?, ?, ?, ?, ?, ?'],
  ['numbers in names', 'postgresql', 'SELECT a1, t2.c3 FROM t4', 'SELECT a1, t2.c3 FROM t4'],
  ['numbers in names of other alphabets', 'postgresql', 'SELECT maß2 FROM t', 'SELECT maß2 FROM t'],
  ['a number that begins with its point', 'postgresql', 'WHERE a.b OR .5 < c', 'WHERE a.b OR ? < c'],
  ['a number before a prefix', 'postgresql', "SELECT 1E'x\\'y'", 'SELECT ??'],
  ['hexadecimal', 'mysql', "SELECT 0x1F, X'1F', b'1'", 'SELECT ?, ?, ?'],
  ['placeholders', 'postgresql', 'SELECT $1, ?, :name, a::text', 'SELECT $1, ?, :name, a::text'],
  ['user variables', 'mysql', 'SELECT @a, @@version', 'SELECT @a, @@version'],
  ['an operator before an escape string', 'postgresql', "SELECT @E'a\\'b', 'c'", 'SELECT @?, ?'],
  ['line comments', 'postgresql', "SELECT a -- it's\nFROM t", 'SELECT a FROM t'],
  ['line comments that a carriage return ends', 'postgresql', "SELECT a -- it's\rFROM t", 'SELECT a FROM t'],
  ['two dashes at the end', 'mysql', 'SELECT a --', 'SELECT a'],
  ['two dashes that are no comment', 'mysql', "SELECT 5--'a\n', 'b'", 'SELECT ?--?, ?'],
  ['hash comments', 'mysql', "SELECT a # it's\nFROM t", 'SELECT a FROM t'],
  ['a hash operator', 'postgresql', "SELECT a #> 'b' FROM t", 'SELECT a #> ? FROM t'],
  ['nested comments', 'postgresql', "SELECT /* a /* b */ it's */ 'c'", 'SELECT ?'],
  ['comments that do not nest', 'mysql', "SELECT /* a /* b */ 'c'", 'SELECT ?'],
  ['a comment with code', 'mysql', 'SELECT /*!40001 SQL_NO_CACHE */ a', 'SELECT a'],
  ['a comment with code and quotes fails closed', 'mysql', "SELECT /*!99999 it's */ 'b'", 'SELECT ?'],
  ['a comment with code and quotes fails closed', 'mariadb', "SELECT /*M!99999 it's */ 'b'", 'SELECT ?'],
  ['a comment with code and double quotes fails closed', 'mysql', 'SELECT /*!99999 " */ s3cret', 'SELECT ?'],
  ['a comment with code and backticks fails closed', 'mysql', 'SELECT /*!99999 ` */ s3cret', 'SELECT ?'],
  ['a comment with code and a comment fails closed', 'mysql', 'SELECT /*!99999 # */ s3cret', 'SELECT ?'],
  ['a comment with code and dashes fails closed', 'mysql', 'SELECT /*!99999 -- */ s3cret', 'SELECT ?'],
  ['comments that may nest or not', 'sqlite', 'SELECT /* a /* b */ s3cret */ c', 'SELECT ?'],
  ['a comment with code in which a literal begins', 'mysql', "SELECT /*!99999 ' */ s3cret ' */", 'SELECT ?'],
  [
    'a list',
    'postgresql',
    'SELECT a FROM t WHERE b IN (1, 2, 3) AND c = 4',
    'SELECT a FROM t WHERE b IN (?) AND c = ?'
  ],
  ['a list of placeholders', 'postgresql', 'WHERE b in ($1,$2::int,$3)', 'WHERE b in (?)'],
  ['a list of negative numbers', 'mysql', 'WHERE b IN (-1,+2)', 'WHERE b IN (?)'],
  ['a list of one negative number', 'mysql', 'WHERE b IN (-1)', 'WHERE b IN (?)'],
  ['a list of nothing, as code writes it', 'postgresql', 'WHERE b IN ()', 'WHERE b IN ()'],
  ['a list of named placeholders', 'postgresql', 'WHERE b IN (:a, @b)', 'WHERE b IN (?)'],
  ['a list of rows', 'mysql', 'WHERE (a,b) IN ((1,2),(3,4))', 'WHERE (a,b) IN (?)'],
  ['a subquery', 'postgresql', 'WHERE b IN (SELECT 1 FROM t)', 'WHERE b IN (SELECT ? FROM t)'],
  ['an array', 'postgresql', 'WHERE b = ANY(ARRAY[1,2,3])', 'WHERE b = ANY(ARRAY[?])'],
  [
    'many rows',
    'postgresql',
    "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'), (3, NULL)",
    'INSERT INTO t (a, b) VALUES (?)'
  ],
  [
    'rows with expressions',
    'postgresql',
    'INSERT INTO t VALUES (1, now()), (2, now())',
    'INSERT INTO t VALUES (?, now())'
  ],
  [
    'VALUES as a function',
    'mysql',
    'INSERT INTO t VALUES (1),(2) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)',
    'INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)'
  ],
  ['blanks', 'postgresql', '\n  SELECT\t a ,\r\n b\u0000FROM t  ', 'SELECT a , b FROM t'],
  ['a control character', 'postgresql', 'SELECT a\u007fb', 'SELECT a b'],
  ['an unclosed literal', 'postgresql', "SELECT a FROM t WHERE b = 'x", 'SELECT a FROM t WHERE b = ?'],
  ['an unclosed name', 'postgresql', 'SELECT a FROM "secret', 'SELECT a FROM ?'],
  ['an unclosed comment', 'postgresql', 'SELECT a /* secret', 'SELECT a ?'],
  ['an unclosed dollar quote', 'postgresql', 'SELECT $a$ secret', 'SELECT ?'],
  ['dollars that are read in two ways', 'mysql', 'SELECT $a$ x $a$ secret', 'SELECT ?'],
  ['a login', 'mysql', "ALTER USER 'bob'@'%' IDENTIFIED BY secret", 'ALTER USER ?'],
  ['a role', 'postgresql', "BEGIN; CREATE ROLE bob PASSWORD 'secret'; COMMIT", 'BEGIN; CREATE ROLE ?'],
  ['a grant', 'mysql', 'GRANT ALL ON *.* TO bob IDENTIFIED BY secret', 'GRANT ALL ON *.* TO bob IDENTIFIED ?'],
  ['a password', 'mysql', 'SET PASSWORD FOR bob = secret', 'SET PASSWORD ?'],
  ['a column of that name', 'postgresql', 'SELECT password FROM t WHERE a = 1', 'SELECT password FROM t WHERE a = ?'],
  ['an escape sequence in a name', 'postgresql', 'SELECT "a\u001b[31m"', 'SELECT "a [31m"'],
  ['nothing', 'postgresql', '', '']
]

describe('maskSql', () => {
  for (const [title, system, sql, masked] of CASES) {
    it(`${title} (${system})`, () => assert.equal(maskSql(sql, system), masked))
  }

  for (const object of ['user', 'role', 'group', 'login', 'server', 'subscription', 'secret'])
    it(`says nothing of a ${object} but that it is made or changed`, () => {
      assert.equal(maskSql(`CREATE OR REPLACE ${object} a OPTIONS (s3cret)`, 'postgresql'), `CREATE OR ?`)
      assert.equal(maskSql(`alter ${object} a s3cret`, 'mysql'), `alter ${object} ?`)
    })

  it('leaks no token planted in 10,000 generated statements, in any form of literal', () => {
    fc.assert(
      fc.property(statement, ({ system, sql }) => {
        assert.ok(!/s3cr/i.test(maskSql(sql, system)), `${system}: ${sql}\n→ ${maskSql(sql, system)}`)
      }),
      { numRuns: 10_000 }
    )
  })

  it('is the same for statements that differ in their values alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.string(), (ids, name) => {
        const text = (list: number[], value: string): string =>
          `SELECT * FROM t WHERE id IN (${list}) AND name = '${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
        assert.equal(maskSql(text(ids, name), 'mysql'), maskSql(text([1], 'x'), 'mysql'))
      })
    )
  })

  it('never throws, also on halves of statements', () => {
    const pieces = [
      "'",
      '"',
      '`',
      '$',
      '$$',
      '$a$',
      '/*',
      '*/',
      '--',
      '#',
      '\\',
      '\n',
      "E'",
      ';',
      '(',
      ')',
      'IN',
      'a',
      '1',
      ','
    ]
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces)),
        fc.constantFrom('postgresql', 'mysql', 'sqlite'),
        (parts, system) => {
          maskSql(parts.join(''), system)
          maskSql(parts.join(' '), system)
        }
      ),
      { numRuns: 2000 }
    )
  })

  it('cuts a text of 10 MB before it scans it', () => {
    const masked = maskSql(`SELECT a FROM t WHERE b IN (${'1234567,'.repeat(1_300_000)}1)`, 'postgresql')
    assert.ok(masked.startsWith('SELECT a FROM t WHERE b IN ('))
    assert.ok(masked.length <= 8193)
    assert.ok(maskSql('a '.repeat(8192), 'postgresql').endsWith('a ?'), 'it says that there was more')
  })

  for (const piece of [
    '(',
    '((1,',
    'IN (',
    'IN IN ((',
    'VALUES (',
    'VALUES (1),(',
    ') AS (',
    "E'a'\n",
    '$a$',
    '/*',
    '-',
    '1e',
    'a.'
  ]) {
    it(`takes time linear in the text: ${JSON.stringify(piece)} repeated`, () => {
      for (const system of ['postgresql', 'mysql']) {
        const ratio = growth(text => maskSql(text, system), piece, 8192)
        assert.ok(ratio < 10, `${system}: ${ratio}`)
      }
    })
  }
})

describe('memo', () => {
  it('makes each text once, until a thousand others came', () => {
    let made = 0
    const remembered = memo<number>()
    const length = (text: string): number =>
      remembered(text, () => {
        made++
        return text.length
      })
    assert.equal(length('a'), 1)
    assert.equal(length('a'), 1)
    assert.equal(made, 1)
    for (let i = 0; i < 1000; i++) length(`b${i}`)
    length('b999')
    assert.equal(made, 1001)
    length('a')
    assert.equal(made, 1002)
  })

  it('keeps what was asked for again, and lets go what was not', () => {
    let made = 0
    const remembered = memo<number>()
    const count = (): number => ++made
    remembered('a', count)
    for (let i = 0; i < 999; i++) remembered(`b${i}`, count)
    remembered('a', count)
    remembered('c', count)
    assert.equal(remembered('a', count), 1)
    remembered('b0', count)
    assert.equal(made, 1002)
  })

  it('keeps a million characters, however many came', () => {
    let made = 0
    const remembered = memo<number>()
    const count = (): number => ++made
    const textOf = (i: number): string => `${i} ${'x'.repeat(4000)}`
    for (let i = 0; i < 900; i++) remembered(textOf(i), count)
    for (let i = 700; i < 900; i++) remembered(textOf(i), count)
    assert.equal(made, 900)
    remembered(textOf(600), count)
    assert.equal(made, 901)
  })

  it('does not keep long texts', () => {
    let made = 0
    const remembered = memo<number>()
    const count = (): number => ++made
    remembered('x'.repeat(5000), count)
    remembered('x'.repeat(5000), count)
    assert.equal(made, 2)
  })
})

const secret = fc.constantFrom('s3cret', 'S3CRET')
const around = fc.constantFrom('', ' ', "''", '--', '/*', '*/', '$$', '#', ';', '`', 'a b', '(', ')', '\n', '\t', '?')
const inside = fc.tuple(around, secret, around).map(parts => parts.join(''))

const postgresLiteral = fc.oneof(
  inside.map(text => `'${text}'`),
  inside.map(text => `'${text}\\'`),
  inside.map(text => `E'${text}\\''`),
  inside.map(text => `e'\\\\${text}'\n'${text}\\'x'`),
  inside.map(text => `N'${text}'`),
  inside.map(text => `U&'${text}'`),
  inside.map(text => `$tag$${text.replaceAll('$', '')}'"$tag$`),
  inside.map(text => `$$${text.replaceAll('$', '')}'$$`),
  fc.constantFrom('-- s3cret', "-- 's3cret").map(text => `1 ${text}\n`),
  inside.map(text => `1 /* '" ${text.replaceAll(/[*/]/g, '')} /* s3cret */ s3cret */`)
)
const mysqlText = inside.map(text => text.replaceAll('`', ''))
const mysqlLiteral = fc.oneof(
  mysqlText.map(text => `'${text}'`),
  mysqlText.map(text => `'${text}\\''`),
  mysqlText.map(text => `"'${text}\\""`),
  mysqlText.map(text => `"${text}""'"`),
  mysqlText.map(text => `N'${text}'`),
  mysqlText.map(text => `_utf8mb4'${text}'`),
  mysqlText.map(text => `_utf8mb4"${text}"`),
  mysqlText.map(text => `'a' '${text}'`),
  fc.constantFrom('1 -- s3cret\n', "1 # 's3cret\n", "1 /* 's3cret */", '1 /*! s3cret */', "1 /*!50000 's3cret */"),
  mysqlText.map(text => `5--'${text}'`)
)
const frame = fc.constantFrom<(values: string[]) => string>(
  values => `SELECT a, "it's", t.b1 FROM t WHERE a = ${values.join(' AND b > ')}`,
  values => `SELECT a FROM t WHERE a IN (${values.join(', ')}) LIMIT 5`,
  values => `INSERT INTO t (a, b) VALUES (${values.join(',')}), (${values.join(',')}) RETURNING a`,
  values => `UPDATE t SET a=${values.join(',b=')} WHERE c<>'x'`,
  values => `SELECT f(${values.join('),g(')}) FROM t ORDER BY 1`,
  values => `SELECT ARRAY[${values.join(',')}]::text[]; SELECT ${values.join('||')}`
)
const statement = fc.oneof(
  fc.tuple(frame, fc.array(postgresLiteral, { minLength: 1, maxLength: 6 })).map(([make, values]) => ({
    system: 'postgresql',
    sql: make(values)
  })),
  fc.tuple(frame, fc.array(mysqlLiteral, { minLength: 1, maxLength: 6 })).map(([make, values]) => ({
    system: 'mysql',
    sql: make(values)
  }))
)
