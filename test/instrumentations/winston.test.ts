import { logCases } from './log-cases.js'
import { VERSIONS } from './versions.js'

logCases('winston', { newest: VERSIONS.newest, oldest: VERSIONS.oldest })
