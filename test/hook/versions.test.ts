import assert from 'node:assert/strict'
import { satisfies } from '../../lib/hook/versions.js'

describe('version ranges of patches', () => {
  const cases: [version: string, range: string, expected: boolean][] = [
    ['8.0.3', '>=8.0.3 <9', true],
    ['8.0.2', '>=8.0.3 <9', false],
    ['9.0.0', '>=8.0.3 <9', false],
    ['3.20.0', '>=2 <3.20', false],
    ['3.19.1', '>=2 <3.20', true],
    ['v20.19.0', '<22', true],
    ['v22.0.0', '<22', false],
    ['8.11.0-rc.1', '>=8.11', true],
    ['5.0.0+build.7', '=5', true],
    ['10.0.0', '>9.9.9', true]
  ]
  for (const [version, range, expected] of cases) {
    it(`${version} ${expected ? 'is' : 'is not'} in ${range}`, () => assert.equal(satisfies(version, range), expected))
  }

  it('refuses a range that it cannot read', () =>
    assert.throws(() => satisfies('1.0.0', '^1.0.0'), /no version comparator/))
})
