// `perfagent options`: what the options are set to in this environment, and where each value comes from. Secrets are masked;
// what is wrong with the environment is said on stderr, as the agent would say it.

import { styleText } from 'node:util'
import { environment, NAMES, OPTIONS, printValue, type Reading, readConfig } from '../options/config.js'
import type { Row } from '../options/table.js'
import { log } from '../process/log.js'
import { escapeJson } from '../process/plain.js'
import type { Command } from './command.js'

export const options: Command = {
  usage: 'options [--json]',
  summary: 'prints every option with its value and where that comes from',
  options: { json: { type: 'boolean' } },
  run({ json }) {
    const reading = readConfig({ env: environment() })
    for (const warning of reading.warnings) log('warn', warning)
    return json ? escapeJson(JSON.stringify(toJson(reading), null, 2)) : toTable(reading)
  }
}

const toJson = ({ config, sources }: Reading): unknown =>
  NAMES.map(name => {
    const { env: variable, secret } = OPTIONS[name] as Row<unknown>
    const value = config[name]
    return {
      name,
      variable,
      value: secret || typeof value === 'string' ? printValue(name, value) : value,
      source: sources[name]
    }
  })

function toTable({ config, sources }: Reading): string {
  const lines = NAMES.map(name => [OPTIONS[name].env, printValue(name, config[name]) || '-', sources[name]] as const)
  const width = (column: 0 | 1): number => Math.min(60, Math.max(...lines.map(line => line[column].length)))
  const [variableWidth, valueWidth] = [width(0), width(1)]
  return lines
    .map(([variable, value, source]) => {
      const line = `${variable.padEnd(variableWidth)}  ${value.padEnd(valueWidth)}  ${source}`
      return styleText(source === 'default' ? 'dim' : 'bold', line)
    })
    .join('\n')
}
