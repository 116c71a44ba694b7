import { logCases } from './log-cases.js'

logCases('console', { 'of Node': undefined })
