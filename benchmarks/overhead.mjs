// Question: what does the agent cost a service that is not slow? Server CPU per request, all threads, with the agent against
// without it. Budget: ≤ 1.15 on `/hello`, ≤ 1.05 on a route with pg + redis + fetch.
//
//   node scripts/services.mjs postgres redis -- node benchmarks/overhead.mjs [--rounds 5] [--json]
//
// Two servers, one bare and one with the agent (its reports go to a sink in this process), get the same load in the order
// A B B A, so that drift of the machine hits both. CPU is utime + stime of /proc/PID/stat, which counts all threads, over a
// fixed number of requests. The ratio is the median over rounds, with its spread. A round whose request failed, or in which
// the agent reported a slow request, measures something else and is refused.

import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean' } } })
const root = fileURLToPath(new URL('..', import.meta.url))
const ROUNDS = Number(values.rounds)
const CONNECTIONS = 16
const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK']).toString())
const ROUTES = [
  { path: '/hello', requests: 12_000, budget: 1.15 },
  { path: '/work', requests: 3000, budget: 1.05 }
]

const peer = await listen((_req, res) => res.end('{}'))
let reported = 0
const sink = await listen((req, res) => {
  reported++
  req.resume()
  res.end()
})

const bare = await startService({})
const agent = await startService({
  NODE_OPTIONS: `--require ${root}dist/lib/register.js`,
  PERFAGENT_HTTP_ENDPOINT: sink.url
})

const results = []
for (const { path, requests, budget } of ROUTES) {
  await measure(bare, path, requests)
  await measure(agent, path, requests)
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    const order = [bare, agent, agent, bare]
    const cost = new Map([bare, agent].map(service => [service, 0]))
    for (const service of order) cost.set(service, cost.get(service) + (await measure(service, path, requests)))
    rounds.push({
      bareUs: (cost.get(bare) * 1000) / (2 * requests),
      agentUs: (cost.get(agent) * 1000) / (2 * requests)
    })
  }
  const ratios = rounds.map(({ bareUs, agentUs }) => agentUs / bareUs).sort((a, b) => a - b)
  results.push({
    path,
    budget,
    ratio: median(ratios),
    lowest: ratios[0],
    highest: ratios.at(-1),
    bareUs: median(rounds.map(({ bareUs }) => bareUs)),
    agentUs: median(rounds.map(({ agentUs }) => agentUs))
  })
}

for (const { child } of [bare, agent]) child.disconnect()
peer.server.close()
sink.server.close()
if (reported > 0) throw new Error(`the agent reported ${reported} slow requests: this measured something else`)

if (values.json) console.log(JSON.stringify(results))
else {
  console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, ${commit()}, ${ROUNDS} rounds`)
  for (const { path, ratio, lowest, highest, bareUs, agentUs, budget } of results) {
    console.log(
      `${path.padEnd(7)} × ${ratio.toFixed(3)} (${lowest.toFixed(3)} to ${highest.toFixed(3)}), ` +
        `${bareUs.toFixed(0)} → ${agentUs.toFixed(0)} µs CPU a request, budget × ${budget}`
    )
  }
}

async function startService(env) {
  const child = fork(`${root}benchmarks/apps/service.js`, {
    env: { ...process.env, NODE_OPTIONS: '', ...env, PEER_URL: peer.url }
  })
  const [{ port }] = await once(child, 'message')
  return { child, pool: new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS }) }
}

/** CPU milliseconds that the server spends on `requests` requests. */
async function measure({ child, pool }, path, requests) {
  const before = cpuMs(child.pid)
  let left = requests
  const worker = async () => {
    while (left-- > 0) {
      const { statusCode, body } = await pool.request({ path, method: 'GET' })
      await body.dump()
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  return cpuMs(child.pid) - before
}

function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

async function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root }).toString().trim()
  } catch {
    return 'no commit'
  }
}
