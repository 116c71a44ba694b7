// `npm run fleet:shop`: is the bound true? The shop is driven at a part of what it can take, the console says which resource of which
// service limits it and at how many requests a second; then it is driven with more than that, and what it really serves is
// compared. What limits takes time, not CPU (statements that sleep, a loop that runs until a moment), so that a small machine tells
// the same. Fails when the wrong one is named, or the bound is more than 10 % off.

import http from 'node:http'
import { linkSelf } from './prepare.mjs'
import { pause, startConsole, startDatabases, startShop, waitFor } from './shop.mjs'

const WARM_MS = 4000
const WATCHED_MS = 24_000
const OVERLOAD_MS = 20_000
const CLIENTS = 8
const WITHIN = 0.1

/** Of `orders` four connections, each held for 600 ms; of `inventory` its loop, for 700 ms by one request of four. */
const TRIALS = [
  {
    what: 'searches through the gateway',
    limits: { service: 'orders', resource: 'pool' },
    everyMs: 400,
    targets: ({ gateway }) => [`${gateway}/shop/search?q=7`]
  },
  {
    what: 'an export for every three stock levels',
    limits: { service: 'inventory', resource: 'event loop' },
    everyMs: 350,
    targets: ({ gateway, inventory }) => [
      `${gateway}/shop/orders/17/stock`,
      `${inventory}/export`,
      `${gateway}/shop/orders/18/stock`,
      `${inventory}/stock/19`
    ]
  }
]

const keepUp = []
try {
  linkSelf()
  const services = await startDatabases(console.log)
  keepUp.push(services.stop)
  for (const trial of TRIALS) {
    const isRight = await tryOut(trial, services.env)
    if (!isRight) process.exitCode = 1
  }
} finally {
  for (const stop of keepUp.reverse()) await stop()
}

async function tryOut({ what, limits, everyMs, targets }, databases) {
  const page = await startConsole('--port', '0')
  const shop = await startShop(databases, { PERFAGENT_OTLP_ENDPOINT: page.url }).catch(async error => {
    await page.stop()
    throw error
  })
  try {
    const urls = targets(shop.urls)
    await arrivals(urls, everyMs, WARM_MS + WATCHED_MS)
    const told = await waitFor(async () => {
      const { answers } = await (await fetch(`${page.url}/api/system?window=${WATCHED_MS}`)).json()
      return answers.demands[0]
    })
    const reached = await overload(urls)
    const off = told.boundPerSecond / reached - 1
    const named = told.service === limits.service && told.resource.startsWith(limits.resource)
    console.log(
      `${what}: ${told.service} ${told.resource.replace(/ .*:.*/, '')} at ${Math.round(told.utilizationShare * 100)} %, ` +
        `bound ${told.boundPerSecond.toFixed(2)}/s, reached ${reached.toFixed(2)}/s, ${(off * 100).toFixed(1)} % off` +
        `${named ? '' : `: WRONG, it is ${limits.service} ${limits.resource}`}`
    )
    return named && Math.abs(off) <= WITHIN
  } finally {
    await shop.stop()
    await page.stop()
  }
}

/** One after the other of the targets, at moments that no answer changes. */
async function arrivals(urls, everyMs, lastingMs) {
  const open = []
  const began = performance.now()
  for (let i = 0; i * everyMs < lastingMs; i++) {
    await pause(Math.max(0, began + i * everyMs - performance.now()))
    open.push(request(urls[i % urls.length]))
  }
  await Promise.all(open)
}

/**
 * Requests answered a second, with so many clients that one is always waiting; the first quarter is its beginning. Each client goes
 * through all targets: were they dealt out, what is served at once would be answered more often than what limits.
 */
async function overload(urls) {
  const began = performance.now()
  const from = began + OVERLOAD_MS / 4
  const until = began + OVERLOAD_MS
  let answered = 0
  const client = async (_, first) => {
    for (let i = first; performance.now() < until; i++) {
      await request(urls[i % urls.length])
      if (performance.now() >= from && performance.now() < until) answered++
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return answered / ((until - from) / 1000)
}

function request(url) {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent: false }, answer => {
        answer.resume()
        answer.on('end', () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${answer.statusCode}`))
        )
      })
      .on('error', reject)
  })
}
