// That the list by which the agent is known to be needed has the packages that instrumentations patch, and no others.

import assert from 'node:assert/strict'
import { instrumentations } from '../../instrumentations/index.js'
import { PACKAGES } from '../../instrumentations/packages.js'

describe('instrumentations/packages', () => {
  it('has each package that is patched', () => {
    const modules = instrumentations.flatMap(({ patches = [] }) => patches.map(({ module }) => module))
    const packages = modules.filter(name => !name.startsWith('node:'))
    assert.deepEqual([...PACKAGES], [...new Set(packages)].sort())
  })
})
