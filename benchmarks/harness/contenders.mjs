// Who is measured: the bare service, the agent as it comes, the agent that exports every request, and (`--peers`) other
// agents as they come. Each sends to a sink of its own.

import path from 'node:path'
import { installed, PEERS } from './peers.mjs'
import { ROOT, startSink } from './service.mjs'

const PERFAGENT = ['--require', path.join(ROOT, 'dist/register.js')]

export const AGENT = 'perfagent'
export const ALWAYS_ON = 'perfagent, always_on'
export const BARE = { name: 'bare', env: {} }

/** What Node has for whoever wants to know the current request; by hand it takes less on Node 20 and 22 (lib/record/context.ts). */
export const CONTEXT_ALONE = {
  name: 'AsyncLocalStorage alone',
  execArgv: ['--require', path.join(ROOT, 'benchmarks/apps/context-alone.js')],
  env: {}
}

/** What no agent that times as much can go below, whatever it does with it. */
export const LEAST = {
  name: 'the least that times as much',
  execArgv: ['--require', path.join(ROOT, 'benchmarks/apps/least.js')],
  env: {}
}

/** Nor, with what Node and V8 must run for it, one that is to tell why a request was slow. */
export const LEAST_WATCHED = {
  name: 'the least, with a thread and a profile',
  execArgv: ['--require', path.join(ROOT, 'benchmarks/apps/least-watched.js')],
  env: {}
}

/** Of operations.js alone: what Node's channel takes for anybody who listens. */
export const HEARD = {
  name: 'an empty listener',
  execArgv: ['--require', path.join(ROOT, 'benchmarks/apps/heard.js')],
  env: {}
}

export const ours = () => Promise.all([perfagent(AGENT), perfagent(ALWAYS_ON, { OTEL_TRACES_SAMPLER: 'always_on' })])

async function perfagent(name, env = {}) {
  const sink = await startSink()
  return { name, sink, execArgv: PERFAGENT, env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...env } }
}

/** A stall of the machine makes requests slow, and to explain them is another question than what a fast one costs. */
export const neverSlow = contender => ({ ...contender, env: { ...contender.env, PERFAGENT_SLOW_MS: '60000' } })

/** `cache`: the folder into which they are installed, when it is not the usual one. */
export const peers = cache =>
  Promise.all(
    PEERS.map(async peer => {
      const { name, preload } = installed(peer, cache)
      const sink = await startSink()
      return { name, sink, execArgv: ['--require', preload], env: peer.env(sink) }
    })
  )
