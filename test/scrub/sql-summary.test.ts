import assert from 'node:assert/strict'
import fc from 'fast-check'
import { summarizeSql } from '../../lib/scrub/sql-summary.js'
import { tokenize } from '../../lib/scrub/sql-tokens.js'
import { growth } from './growth.js'

const summaryOf = (sql: string, system = 'postgresql'): string => summarizeSql(tokenize(sql, system))

const CASES: [sql: string, summary: string][] = [
  ['SELECT * FROM orders WHERE id = 1', 'SELECT orders'],
  ['select o.* from orders o join users as u on u.id = o.user_id', 'SELECT orders users'],
  ['SELECT 1', 'SELECT'],
  ['SELECT pg_advisory_xact_lock(42), 1 AS n', 'SELECT pg_advisory_xact_lock'],
  ['SELECT shop.close_day($1)', 'SELECT shop.close_day'],
  ['SELECT (1)', 'SELECT'],
  ['SELECT NULL', 'SELECT'],
  ['SELECT * FROM a, b AS x, c y, d', 'SELECT a b c d'],
  ['SELECT * FROM public.orders', 'SELECT public.orders'],
  ['SELECT * FROM shop.group', 'SELECT shop.group'],
  ['SELECT * FROM "public"."Orders"', 'SELECT public.Orders'],
  ['SELECT * FROM (SELECT * FROM orders) AS o LEFT JOIN users USING (id)', 'SELECT orders users'],
  ['SELECT * FROM orders WHERE user_id IN (SELECT id FROM users)', 'SELECT orders users'],
  ['SELECT EXTRACT(year FROM made), trim(both from name) FROM orders', 'SELECT orders'],
  ['SELECT TRIM("sign" FROM "name") FROM "orders"', 'SELECT orders'],
  ['SELECT CONVERT(name USING utf8mb4) FROM orders', 'SELECT orders'],
  ['SELECT a IS DISTINCT FROM b FROM orders', 'SELECT orders'],
  ['SELECT * FROM orders WHERE id = 1 FOR UPDATE', 'SELECT orders'],
  ['/* app:shop */ SELECT * FROM orders -- users', 'SELECT orders'],
  ['(SELECT * FROM a) UNION (SELECT * FROM b)', 'SELECT a b'],
  ['((SELECT * FROM a))', 'SELECT a'],
  ['; SELECT * FROM a', 'SELECT a'],
  ['SELECT * FROM a STRAIGHT_JOIN b ON a.id = b.id', 'SELECT a b'],
  ['WITH recent AS (SELECT * FROM orders) SELECT * FROM recent JOIN users ON true', 'SELECT orders users'],
  ['WITH recent AS (SELECT 1) SELECT * FROM orders WHERE (a = 1)', 'SELECT orders'],
  ['WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone', 'INSERT a b'],
  ['WITH move AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM move', 'INSERT a b'],
  ['WITH done AS (UPDATE a SET b = 1 RETURNING *) SELECT * FROM done', 'SELECT a'],
  ['WITH a AS NOT MATERIALIZED (SELECT * FROM b) SELECT * FROM a', 'SELECT b'],
  ['WITH a AS (WITH b AS (SELECT * FROM x) SELECT * FROM b) DELETE FROM y USING a', 'DELETE x y'],
  ['WITH RECURSIVE t (n) AS MATERIALIZED (SELECT 1) UPDATE orders SET a = n FROM t', 'UPDATE orders'],
  ["INSERT INTO audit_log (a) VALUES ('FROM x')", 'INSERT audit_log'],
  ['INSERT INTO a (b) SELECT c FROM d ON CONFLICT DO UPDATE SET b = 1', 'INSERT a d'],
  ['INSERT IGNORE INTO `a` VALUES (1) ON DUPLICATE KEY UPDATE b = 2', 'INSERT a'],
  ['REPLACE INTO a VALUES (1)', 'REPLACE a'],
  ['INSERT a (b) VALUES (1)', 'INSERT a'],
  ['UPDATE ONLY orders SET a = 1', 'UPDATE orders'],
  ['UPDATE a AS x, b SET x.c = 1, b.d = 2', 'UPDATE a b'],
  ['DELETE FROM orders USING users WHERE a = 1', 'DELETE orders users'],
  ['DELETE FROM "orders" USING "users" WHERE a = 1', 'DELETE orders users'],
  ['TRUNCATE TABLE orders', 'TRUNCATE orders'],
  ['TRUNCATE a, b', 'TRUNCATE a b'],
  ['LOCK TABLE a, b IN SHARE MODE', 'LOCK a b'],
  ['CREATE TABLE IF NOT EXISTS orders (id int)', 'CREATE TABLE orders'],
  ['CREATE UNIQUE INDEX i ON t (a)', 'CREATE INDEX i'],
  ['DROP TABLE orders', 'DROP TABLE orders'],
  ["ALTER USER bob PASSWORD 'x'", 'ALTER USER'],
  ['CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ SELECT 1 FROM secret $$', 'CREATE FUNCTION f'],
  ['CALL refresh(1)', 'CALL refresh'],
  ['EXECUTE refresh(1)', 'EXECUTE refresh'],
  ['EXEC shop.close_day', 'EXEC shop.close_day'],
  ['GRANT UPDATE (a) ON b TO c', 'GRANT'],
  ['CREATE OPERATOR === (LEFTARG = box, PROCEDURE = same)', 'CREATE'],
  ['START REPLICA', 'START'],
  ['COPY orders FROM STDIN', 'COPY orders'],
  ['BEGIN', 'BEGIN'],
  ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'BEGIN'],
  ['COMMIT;', 'COMMIT'],
  ['ROLLBACK TO SAVEPOINT a', 'ROLLBACK'],
  ['SET statement_timeout = 5', 'SET'],
  ["'nonsense", 'SQL'],
  ['hunter2', 'SQL'],
  ['', 'SQL']
]

describe('summarizeSql', () => {
  for (const [sql, summary] of CASES)
    it(sql || '(empty)', () => assert.equal(summaryOf(sql, sql.includes('`') ? 'mysql' : 'postgresql'), summary))

  it('is cut at a name after at most 255 characters', () => {
    const tables = Array.from({ length: 100 }, (_, i) => `orders_${i}`)
    const summary = summaryOf(`SELECT * FROM ${tables.join(', ')}`)
    assert.ok(summary.length <= 255)
    const [verb, ...names] = summary.split(' ')
    assert.equal(verb, 'SELECT')
    assert.deepEqual(names, tables.slice(0, names.length))
    assert.ok(names.length > 20, summary)
    assert.ok(summaryOf(`SELECT * FROM ${'x'.repeat(5000)}`).length <= 255)
  })

  for (const piece of ['FROM a, ', 'FROM ', 'INTO ', 'FROM (', 'a AS (', ') AS (', 'WITH a AS (', 'JOIN b.', 'a, ']) {
    it(`takes time linear in the text: ${JSON.stringify(piece)} repeated`, () => {
      const ratio = growth(text => summaryOf(`WITH ${text}`), piece, 8192)
      assert.ok(ratio < 10, String(ratio))
    })
  }

  it('never throws', () => {
    const words = [
      'SELECT',
      'FROM',
      'WITH',
      'AS',
      '(',
      ')',
      ',',
      'a',
      '.',
      'JOIN',
      'INTO',
      'UPDATE',
      ';',
      '"b"',
      "'c'",
      'CREATE',
      'TABLE'
    ]
    fc.assert(fc.property(fc.array(fc.constantFrom(...words)), list => void summaryOf(list.join(' '))))
  })
})
