// The short name of a statement: its verb and the tables it names, `SELECT orders users`, or what it calls, `SELECT pg_advisory_lock`. Pure.
// There are few of them, since values are gone before it looks (sql-tokens.ts). No name is longer than MAX_CHARS (OpenTelemetry's limit
// for `db.query.summary`).

import type { Token } from './sql-tokens.js'

const MAX_CHARS = 255
/** What cannot be read is at least a statement. */
const NO_VERB = 'SQL'

const VERBS = new Set(
  (
    'SELECT INSERT UPDATE DELETE MERGE REPLACE UPSERT TRUNCATE CREATE ALTER DROP BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE ' +
    'START END SET RESET SHOW USE EXPLAIN ANALYZE DESCRIBE DESC CALL EXEC EXECUTE PREPARE DEALLOCATE DECLARE FETCH MOVE ' +
    'CLOSE COPY LOAD LOCK UNLOCK VACUUM REINDEX CLUSTER REFRESH GRANT REVOKE COMMENT LISTEN UNLISTEN NOTIFY DO VALUES ' +
    'TABLE CHECKPOINT DISCARD KILL FLUSH OPTIMIZE RENAME PRAGMA ATTACH DETACH HANDLER'
  ).split(' ')
)
/** Words between the one that announces a table and the table. */
const FILLERS = new Set(
  (
    'IGNORE INTO ONLY LATERAL TABLE IF NOT EXISTS LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK CONCURRENTLY TEMP TEMPORARY ' +
    'UNLOGGED'
  ).split(' ')
)
const MAX_FILLERS = 4
const NO_NAMES = new Set(
  'SELECT VALUES SET FROM INTO WHERE JOIN ON USING UNION ORDER GROUP LIMIT RETURNING DUAL TO STDIN STDOUT'.split(' ')
)
/** Objects that come after CREATE, ALTER, DROP and belong to the verb. */
const OBJECTS = new Set(
  (
    'TABLE INDEX VIEW SEQUENCE FUNCTION PROCEDURE TRIGGER SCHEMA DATABASE TYPE EXTENSION USER ROLE GROUP SERVER ' +
    'SUBSCRIPTION PUBLICATION POLICY RULE DOMAIN TABLESPACE EVENT'
  ).split(' ')
)
const ABOUT_LOGINS = /^(?:USER|ROLE|GROUP|SERVER|SUBSCRIPTION)$/

export function summarizeSql(tokens: Token[]): string {
  const verbAt = findVerb(tokens)
  const verb = upper(tokens[verbAt])
  if (!VERBS.has(verb)) return NO_VERB
  if (verb === 'CREATE' || verb === 'ALTER' || verb === 'DROP')
    return cut(summarizeDefinition(verb, tokens, verbAt + 1))
  if (verb === 'START' && upper(tokens[verbAt + 1]) === 'TRANSACTION') return 'BEGIN'
  if (verb === 'CALL' || verb === 'EXECUTE' || verb === 'EXEC')
    return cut(words(verb, [nameAt(tokens, verbAt + 1).name]))
  const tables = tablesIn(tokens, verbAt)
  return cut(words(verb, tables.size === 0 && verb === 'SELECT' ? calledAt(tokens, verbAt + 1) : tables))
}

/** `SELECT pg_advisory_xact_lock(1)`, `SELECT shop.close_day()`. */
function calledAt(tokens: Token[], at: number): string[] {
  const { name, end } = nameAt(tokens, at)
  return tokens[end]?.text === '(' ? [name] : []
}

const upper = (token: Token | undefined): string => (token?.kind === 'word' ? token.text.toUpperCase() : '')

const words = (verb: string, names: Iterable<string>): string => [verb, ...names].filter(Boolean).join(' ')

const cut = (summary: string): string => {
  if (summary.length <= MAX_CHARS) return summary
  return summary.slice(0, Math.max(summary.lastIndexOf(' ', MAX_CHARS), VERB_MAX_CHARS))
}
const VERB_MAX_CHARS = 32

/** The first word, behind brackets; the main verb of `WITH … AS (…), … SELECT`. */
function findVerb(tokens: Token[]): number {
  const first = tokens.findIndex(token => token.text !== '(' && token.text !== ';')
  if (upper(tokens[first]) !== 'WITH') return first
  let depth = 0
  for (let i = first + 1; i < tokens.length; i++) {
    const { text } = tokens[i]!
    if (text === '(') depth++
    else if (text === ')') depth--
    else if (depth === 0 && tokens[i - 1]!.text === ')' && VERBS.has(upper(tokens[i]))) return i
  }
  return first
}

function summarizeDefinition(verb: string, tokens: Token[], from: number): string {
  const objectAt = tokens.findIndex((token, i) => i >= from && i < from + 5 && OBJECTS.has(upper(token)))
  if (objectAt < 0) return verb
  const object = upper(tokens[objectAt])
  return words(verb, [object, ABOUT_LOGINS.test(object) ? '' : nameAt(tokens, objectAt + 1).name])
}

/** Tables in order of their first mention, common table expressions left out. */
function tablesIn(tokens: Token[], verbAt: number): Set<string> {
  const tables = new Set<string>()
  const own = commonTables(tokens)
  /** For each open bracket whether FROM means a table in it: in `EXTRACT(year FROM day)` it does not. */
  const clauses: boolean[] = []
  for (let i = 0; i < tokens.length; i++) {
    const { text } = tokens[i]!
    if (text === '(') clauses.push(/^(?:SELECT|WITH|TABLE|INSERT|UPDATE|DELETE)$/.test(upper(tokens[i + 1])))
    else if (text === ')') clauses.pop()
    else if (announcesTable(tokens, i, i === verbAt, clauses.at(-1) ?? true)) {
      for (const name of namesFrom(tokens, i + 1)) if (!own.has(name)) tables.add(name)
    }
  }
  return tables
}

function announcesTable(tokens: Token[], at: number, isVerb: boolean, inClause: boolean): boolean {
  switch (upper(tokens[at])) {
    case 'FROM':
      return inClause && upper(tokens[at - 1]) !== 'DISTINCT'
    case 'JOIN':
    case 'INTO':
    case 'STRAIGHT_JOIN':
      return true
    case 'UPDATE':
      return isVerb || tokens[at - 1]?.text === '('
    case 'INSERT':
    case 'REPLACE':
    case 'TRUNCATE':
    case 'LOCK':
    case 'COPY':
    case 'TABLE':
      return isVerb
    case 'USING':
      return inClause
    default:
      return false
  }
}

/** `a, b AS x, c`. */
function namesFrom(tokens: Token[], from: number): string[] {
  const names: string[] = []
  let next = nameAt(tokens, from)
  while (next.name) {
    names.push(next.name)
    let comma = next.end
    if (upper(tokens[comma]) === 'AS') comma++
    if (tokens[comma]?.kind === 'word' || tokens[comma]?.kind === 'name') comma++
    if (tokens[comma]?.text !== ',') break
    next = nameAt(tokens, comma + 1)
  }
  return names
}

/** `schema.table` without quotes; '' when something else stands there. */
function nameAt(tokens: Token[], from: number): { name: string; end: number } {
  let at = from
  while (at < from + MAX_FILLERS && FILLERS.has(upper(tokens[at]))) at++
  let name = ''
  for (;;) {
    const token = tokens[at]
    if (token?.kind === 'name') name += token.text.slice(1, -1)
    else if (token?.kind === 'word' && (name || !NO_NAMES.has(upper(token)))) name += token.text
    else return { name: '', end: at }
    if (tokens[at + 1]?.text !== '.') return { name, end: at + 1 }
    name += '.'
    at += 2
  }
}

/** `WITH recent AS (…), top (a, b) AS MATERIALIZED (…)`: what stands before AS and a bracket. */
function commonTables(tokens: Token[]): Set<string> {
  const names = new Set<string>()
  if (!tokens.some(token => upper(token) === 'WITH')) return names
  for (let i = 0; i < tokens.length; i++) {
    if (upper(tokens[i]) !== 'AS') continue
    if (tokens[i + 1]?.text !== '(' && !/^(?:NOT|MATERIALIZED)$/.test(upper(tokens[i + 1]))) continue
    let at = i - 1
    if (tokens[at]?.text === ')') while (at > 0 && tokens[at]!.text !== '(') at--
    if (tokens[at]?.text === '(') at--
    const { name } = nameAt(tokens, at)
    if (name) names.add(name)
  }
  return names
}
