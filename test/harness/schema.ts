// report.schema.json as a check. The backend of the harness holds every report of every test to it.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

const FILE = path.join(__dirname, '../../../report.schema.json')
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats: { 'date-time': true } })
const validate = ajv.compile(JSON.parse(readFileSync(FILE, 'utf8')))

/** What is wrong with a report; nothing, usually. */
export const schemaErrors = (report: unknown): string[] =>
  validate(report) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
