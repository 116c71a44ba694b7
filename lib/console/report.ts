// A report as it came from outside: held to the shape that report.schema.json promises before anything reads it, so that all
// behind this door can trust its types. Looser than the schema in two ways, because a newer agent may send more: fields that it
// lacks are let through, and words (causes, statuses) are any text.

import { readFileSync } from 'node:fs'
import { packageFile } from '../place.js'
import type { Report } from '../types.js'

interface Schema {
  type?: string | string[]
  enum?: string[]
  required?: string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  $ref?: string
  $defs?: Record<string, Schema>
}

const SCHEMA = JSON.parse(readFileSync(packageFile('report.schema.json'), 'utf8')) as Schema

/** Undefined when it is none. */
export function readReport(json: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(json)
    if (!fits(value, SCHEMA)) return undefined
    const { version, at, traceId, spanId } = value as Report
    const named = /^[0-9a-f]{32}$/.test(traceId) && /^[0-9a-f]{16}$/.test(spanId)
    return version === 1 && named && !Number.isNaN(Date.parse(at)) ? (value as Report) : undefined
  } catch {
    return undefined
  }
}

function fits(value: unknown, schema: Schema): boolean {
  if (schema.$ref) return fits(value, definition(schema.$ref))
  if (schema.anyOf) return schema.anyOf.some(each => fits(value, each))
  if (schema.type && ![schema.type].flat().some(type => isOf(value, type))) return false
  if (schema.enum && typeof value !== 'string') return false
  if (Array.isArray(value)) return !schema.items || value.every(each => fits(each, schema.items!))
  if (typeof value !== 'object' || value === null) return true
  const { required = [], properties = {}, additionalProperties } = schema
  return (
    required.every(name => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, each]) => {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (known) return fits(each, known)
      return typeof additionalProperties === 'object' ? fits(each, additionalProperties) : true
    })
  )
}

const definition = (ref: string): Schema => SCHEMA.$defs![ref.slice('#/$defs/'.length)]!

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'number':
      return Number.isFinite(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
