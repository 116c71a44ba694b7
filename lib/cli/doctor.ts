// `perfagent doctor [-- node app.js]`: whether perfagent can do its work here, and in that program. Ends with 1 when something is
// wrong; each such line says what to do.

import { styleText } from 'node:util'
import { checkDelivery } from '../doctor/delivery.js'
import { type Finding, ok, wrong } from '../doctor/finding.js'
import { checkClock, checkFiles, checkKernel, checkNode } from '../doctor/machine.js'
import { checkProgram } from '../doctor/program.js'
import { checkTrial } from '../doctor/trial.js'
import { environment, OPTIONS, type OptionName, printValue, type Reading, readConfig } from '../options/config.js'
import { escapeControls, escapeJson } from '../process/plain.js'
import { identify } from '../worker/service.js'
import type { Command } from './command.js'

export const doctor: Command = {
  usage: 'doctor [--json] [-- CMD]',
  summary: 'says whether perfagent can do its work here, and in that program',
  options: { json: { type: 'boolean' } },
  takesArguments: true,
  async run({ json }, program) {
    const reading = readConfig({ env: environment() })
    const { service } = identify(reading.config, process.argv[1] ?? '')
    const findings = [
      ...checkNode(),
      checkClock(),
      checkKernel(),
      ...checkOptions(reading),
      ...checkFiles(reading.config),
      ...(await checkDelivery(reading.config, service)),
      ...(await checkTrial()),
      ...(program.length > 0 ? await checkProgram(program) : [])
    ]
    process.stdout.write(
      json ? `${escapeJson(JSON.stringify({ findings, options: printed(reading) }, null, 2))}\n` : table(findings)
    )
    return findings.some(({ state }) => state === 'wrong') ? 1 : 0
  }
}

function checkOptions({ warnings, sources }: Reading): Finding[] {
  const set = Object.values(sources).filter(source => source !== 'default').length
  const mend = 'npx perfagent options prints every option with its value and where that comes from'
  return warnings.length === 0
    ? [ok('options', `${set} of ${Object.keys(OPTIONS).length} set, none wrong`)]
    : warnings.map(warning => wrong('options', warning, mend))
}

const printed = ({ config, sources }: Reading): unknown =>
  (Object.keys(OPTIONS) as OptionName[]).map(name => ({
    variable: OPTIONS[name].env,
    value: printValue(name, config[name]),
    source: sources[name]
  }))

const MARKS = { ok: ['green', '✔'], note: ['yellow', '•'], wrong: ['red', '✘'] } as const

function table(findings: Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length))
  return findings
    .map(({ about, state, said, mend }) => {
      const [color, mark] = MARKS[state]
      const line = `${styleText(color, mark)} ${about.padEnd(width)}  ${escapeControls(said)}\n`
      return mend ? `${line}  ${' '.repeat(width)}  → ${escapeControls(mend)}\n` : line
    })
    .join('')
}
