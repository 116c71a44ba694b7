// `perfagent run -- node app.js`: the program with the agent in it and a console beside it. The agent comes by NODE_OPTIONS, so
// that it also reaches what npm or a shell script starts. Ends with the program, as the program ended.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { isLoopback } from '../console/guard.js'
import { environment } from '../options/config.js'
import { entryFile } from '../place.js'
import { type Command, CommandError } from './command.js'
import { CONSOLE_OPTIONS, openConsole } from './open-console.js'

export const runCommand: Command = {
  usage: 'run [options of console] -- CMD',
  summary: 'starts a program with the agent in it and a console beside it',
  options: CONSOLE_OPTIONS,
  takesArguments: true,
  async run(values, [program, ...args]) {
    if (program === undefined) throw new CommandError('what is to be run? npx perfagent run -- node app.js')
    refuseElsewhere(String(values['host'] ?? '127.0.0.1'))
    const console = await openConsole(values)
    process.stderr.write(`perfagent console: ${console.link}\n`)
    const child = spawn(program, args, { stdio: 'inherit', env: withAgent(console.url, console.token) })
    // A terminal's Ctrl-C reaches both of us; it is the program's to end.
    const pass = (signal: NodeJS.Signals): void => void (signal === 'SIGTERM' && child.kill(signal))
    process.on('SIGINT', pass).on('SIGTERM', pass)
    try {
      const [code, signal] = await once(child, 'exit')
      return code ?? 128 + constants.signals[signal as NodeJS.Signals]
    } catch (error) {
      throw new CommandError((error as Error).message)
    } finally {
      await console.close()
    }
  }
}

const EVERYWHERE = ['0.0.0.0', '::']

/** Agents send no token over plain http but to the loopback: of such a program nothing would come. */
function refuseElsewhere(host: string): void {
  if (isLoopback(host) || EVERYWHERE.includes(host)) return
  throw new CommandError(
    `--host ${host}: the program would send its token over the network in the clear; 0.0.0.0 has the loopback too`
  )
}

function withAgent(url: string, token: string | undefined): NodeJS.ProcessEnv {
  const env = environment()
  // Quotes, because NODE_OPTIONS is split at blanks.
  const preload = `--require "${entryFile('register.js').replace(/[\\"]/g, '\\$&')}"`
  return {
    ...env,
    NODE_OPTIONS: [env['NODE_OPTIONS'], preload].filter(Boolean).join(' '),
    PERFAGENT_OTLP_ENDPOINT: url,
    ...(token && { PERFAGENT_OTLP_HEADERS: `authorization=Bearer%20${token}` })
  }
}
