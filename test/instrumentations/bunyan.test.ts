import { logCases } from './log-cases.js'
import { VERSIONS } from './versions.js'

logCases('bunyan', { newest: VERSIONS.newest, oldest: VERSIONS.oldest })
