import assert from 'node:assert/strict'
import fc from 'fast-check'
import { maskSql } from '../../lib/scrub/sql.js'
import { summarizeSql } from '../../lib/scrub/sql-summary.js'
import { tokenize } from '../../lib/scrub/sql-tokens.js'
import type { Operation } from '../../lib/types.js'
import { createNameOf, type Name } from '../../lib/verdict/names.js'

const nameOf = createNameOf(text => text, 'masked')
const named = (text: string): Name => nameOf({ kind: 'cache', system: 'redis', text } as Operation)

describe('the name of a Redis command', () => {
  it('is that of all batches of its kind, and its text tells the size', () => {
    assert.deepEqual(named('MULTI 3'), { name: 'MULTI', text: 'MULTI 3', label: 'MULTI 3', alike: 'MULTI' })
    assert.equal(named('PIPELINE 100').alike, named('PIPELINE 7').alike)
    assert.equal(named('PIPELINE 7 (5 GET, 2 SET)').alike, named('PIPELINE 7').alike)
  })

  it('is the command with the pattern of its key', () => {
    const name = 'GET user:?'
    assert.deepEqual(named('get user:17'), { name, text: name, label: name, alike: name })
  })
})

describe('the name of a statement', () => {
  const ofStatement = (text: string, system: string): Name => nameOf({ kind: 'db', system, text } as Operation)

  it('is made once for all that differ in their literals alone', () => {
    const first = ofStatement('SELECT * FROM t WHERE id = 1', 'postgresql')
    assert.equal(ofStatement("SELECT * FROM t WHERE id = 'two' -- three", 'postgresql'), first)
    assert.notEqual(ofStatement('SELECT * FROM u WHERE id = 1', 'postgresql'), first)
  })

  it('is the same whichever statements were named before', () => {
    // Of both nothing is shown from the secret on.
    assert.equal(ofStatement('SELECT identified FROM a', 'postgresql').name, 'SELECT a')
    assert.equal(ofStatement('SELECT identified FROM b', 'postgresql').name, 'SELECT b')
    const piece = fc.constantFrom(
      ...[
        'SELECT',
        'INSERT INTO',
        'CREATE OR REPLACE',
        'USER',
        'FROM',
        'VALUES',
        'IN',
        'WITH',
        'AS',
        'identified',
        'set'
      ],
      ...[
        '(1, 2)',
        '(SELECT 1)',
        '(',
        ')',
        ',',
        ';',
        '.',
        '?',
        '$1',
        '@v',
        ':v',
        '::int',
        '$tag$x$tag$',
        '-',
        '--',
        '/* c */'
      ],
      ...["'x'", '"x"', '`x`', "E'x'", 'U&"x"', '17', '.5', '1e', 'a', 'b', 'password', '\n']
    )
    const statement = fc
      .tuple(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', ' '))
      .map(([all, by]) => all.join(by))
    fc.assert(
      fc.property(statement, fc.constantFrom('postgresql', 'mysql', 'sqlite'), (sql, system) => {
        fc.pre(sql !== '')
        const { name, text } = ofStatement(sql, system)
        assert.deepEqual({ name, text }, { name: summarizeSql(tokenize(sql, system)), text: maskSql(sql, system) })
      }),
      { numRuns: 2000 }
    )
  })

  it('tells the numbers of names and parameters, whatever other numbers it was seen with', () => {
    for (const [system, sql] of [
      ['postgresql', 'SELECT "2024 sales", a FROM t WHERE b = 1'],
      ['postgresql', 'SELECT "2025 sales", a FROM t WHERE b = 2'],
      ['mysql', 'SELECT `7` FROM t'],
      ['mysql', 'SELECT `8` FROM t'],
      ['postgresql', 'SELECT $1, $2, 3'],
      ['postgresql', 'SELECT $2, $1, 4']
    ] as const)
      assert.equal(ofStatement(sql, system).text, maskSql(sql, system))
    assert.equal(ofStatement('SELECT `8` FROM t WHERE a = 1', 'mysql').text, 'SELECT `8` FROM t WHERE a = ?')

    const number = fc.constantFrom(
      '0',
      '7',
      '12',
      '345',
      '2.5',
      '.5',
      '5.',
      '1.2.3',
      '1_0',
      '0x1F',
      '1e5',
      '1e+5',
      '7a',
      'a7',
      '\u00e97'
    )
    const beside = fc.constantFrom(
      ...' \n\'"`$@:?.,;()[]#/*-+!\\_&',
      '--',
      '/*',
      '*/',
      '/*!',
      '$a$',
      '$$',
      "E'",
      'U&"',
      "''",
      '@@',
      '::',
      'a'
    )
    const statement = fc.array(fc.oneof(number, beside), { maxLength: 16 }).map(parts => `SELECT ${parts.join('')}`)
    fc.assert(
      fc.property(statement, fc.constantFrom('postgresql', 'mysql', 'sqlite'), (sql, system) => {
        assert.equal(ofStatement(sql, system).text, maskSql(sql, system))
      }),
      { numRuns: 5000 }
    )
  })
})
