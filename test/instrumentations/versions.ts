// Where the versions of a library live that a test runs against.

import path from 'node:path'
import { ROOT } from '../harness/program.js'

export const VERSIONS = {
  newest: undefined,
  'newest without channels': path.join(ROOT, 'test/versions/before-channels'),
  oldest: path.join(ROOT, 'test/versions/oldest')
} as const
