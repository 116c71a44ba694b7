import assert from 'node:assert/strict'
import fc from 'fast-check'
import { maskCommand } from '../../lib/scrub/redis.js'

const CASES: [text: string, masked: string][] = [
  ['GET user:17', 'GET user:?'],
  ['get user:17:cart', 'GET user:?:cart'],
  ['hgetall {user:17}.profile', 'HGETALL {user:?}.profile'],
  ['GET session:3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'GET session:?'],
  ['GET cache/deadbeefcafe', 'GET cache/?'],
  ['GET rate-10.0.0.1', 'GET rate-?'],
  ['GET v2:userProfile:x9Kd03ls', 'GET v2:userProfile:?'],
  ['GET token:aBcDeFgHiJkLmNoP', 'GET token:?'],
  ['GET token:qwertyuiopqwertyuiopqwertyuiopqwe', 'GET token:?'],
  ['GET myId:isOk', 'GET myId:isOk'],
  ['DEL cart:*', 'DEL cart:*'],
  ['GET mail:bob@example.com', 'GET mail:?.com'],
  ['GET a\u001b[31m', 'GET ?'],
  ['GET', 'GET'],
  ['PING', 'PING'],
  ['AUTH hunter2', 'AUTH'],
  ['HELLO 3 AUTH bob hunter2', 'HELLO'],
  ['ACL SETUSER bob', 'ACL'],
  ['CONFIG SET requirepass', 'CONFIG'],
  ['EVAL return redis.call("GET", "x")', 'EVAL'],
  ['EVALSHA abc', 'EVALSHA'],
  ['PUBLISH secret', 'PUBLISH'],
  ['json.get doc:1', 'JSON.GET doc:?'],
  ['FT.SEARCH idx', 'FT.SEARCH'],
  ['MULTI 3', 'MULTI 3'],
  ['PIPELINE 100', 'PIPELINE 100'],
  ['MULTI 3 (2 SET, GET)', 'MULTI 3 (2 SET, GET)'],
  ['PIPELINE 9 (3 GET, 2 JSON.SET, 2 ?, 2 others)', 'PIPELINE 9 (3 GET, 2 JSON.SET, 2 ?, 2 others)'],
  ['PIPELINE 2 (GET hunter2)', 'PIPELINE'],
  ['PIPELINE 2 (hunter2, GET)', 'PIPELINE'],
  ['PIPELINE 2 (GET, )', 'PIPELINE'],
  ['MULTI 3 hunter2', 'MULTI'],
  ['PIPELINE hunter2', 'PIPELINE'],
  ['hunter two', 'HUNTER'],
  ['\u0000 key', '?'],
  ['', '?']
]

describe('maskCommand', () => {
  for (const [text, masked] of CASES) it(JSON.stringify(text), () => assert.equal(maskCommand(text), masked))

  it('shows no id, whatever it looks like', () => {
    const id = fc.oneof(
      fc.uuid(),
      fc.nat().map(String),
      fc.stringMatching(/^[a-f\d]{16,40}$/),
      fc.stringMatching(/^[A-Za-z\d]{12}\d[A-Za-z\d]{8}$/)
    )
    fc.assert(
      fc.property(id, value => assert.equal(maskCommand(`GET user:${value}`), 'GET user:?')),
      { numRuns: 1000 }
    )
  })

  it('is short for a key of 1 MB', () => {
    const masked = maskCommand(`GET ${'key:'.repeat(250_000)}`)
    assert.ok(masked.length < 220)
    assert.ok(masked.endsWith('key:?'), masked)
  })
})
