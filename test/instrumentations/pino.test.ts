import { logCases } from './log-cases.js'
import { VERSIONS } from './versions.js'

logCases('pino', { newest: VERSIONS.newest, oldest: VERSIONS.oldest })
