// What Node was told when this process began: NODE_OPTIONS, then the command line, which has the last word. Main thread and workers.
// Names are written with hyphens, as V8 and Node take either.

import { environment } from './config.js'

export function nodeFlags(): string[] {
  const { NODE_OPTIONS: options = '' } = environment()
  return [...options.split(/\s+/), ...process.execArgv].map(flag => {
    const [name = ''] = flag.split('=', 1)
    return name.replaceAll('_', '-') + flag.slice(name.length)
  })
}
