// `perfagent fleet --prometheus URL`: who adds the latency, who limits the throughput, who uses the resources, asked of the engine
// that a fleet's agents feed.

import { answer } from '../fleet/answers.js'
import { asText } from '../fleet/words.js'
import { escapeJson } from '../process/plain.js'
import type { Command } from './command.js'
import { ENGINE_OPTIONS, engineOf } from './engine.js'

export const fleet: Command = {
  usage: 'fleet --prometheus URL [--json]',
  summary:
    'asks a metrics engine the three questions; also --last 15m, --until, --match, --header, --service-label, --timeout',
  options: { ...ENGINE_OPTIONS, until: { type: 'string' }, json: { type: 'boolean' } },
  async run(values) {
    const sums = await engineOf(values)()
    const answers = answer(sums)
    const text = (): string => asText(answers, sums, values['until'] as string | undefined)
    process.stdout.write(`${values['json'] ? escapeJson(JSON.stringify({ sums, answers }, null, 2)) : text()}\n`)
    return 0
  }
}
