// Runs the app of a case (file, variant) as a service of its own: its handlers by path, on plain node:http or on express.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const { variantOf } = require('./variants.js')

const [, , file, variant] = process.argv
const { app, framework = 'http', ordinary = false } = variantOf(require(file), variant)

async function main() {
  if (ordinary) execFileSync('chrt', ['--other', '--all-tasks', '--pid', '0', String(process.pid)])
  let plantedMs = 0
  const planted = ms => {
    plantedMs += ms
  }
  let collectedMs
  const collected = ms => {
    collectedMs = (collectedMs ?? 0) + ms
  }
  const { routes, close = () => {} } = await app({ planted, collected, timed: timed(planted), now })
  const server = http.createServer(frameworks[framework](routes))
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
  process.on('message', () => process.send({ plantedMs, collectedMs }))
  process.once('disconnect', () => {
    server.close(close)
    server.closeAllConnections()
  })
}

/**
 * Milliseconds, without those in which the main thread was ready and the kernel ran others: they are not what was planted, and
 * a report tells them apart. The second number of schedstat (Documentation/scheduler/sched-stats.rst), in nanoseconds.
 */
const now = () => performance.now() - Number(fs.readFileSync('/proc/self/schedstat', 'latin1').split(' ')[1]) / 1e6

/** Calls a function, and tells how long that, or its promise, took: of work the time in which it ran, of a wait all. */
const timed = planted => work => {
  const [start, ranBefore] = [performance.now(), now()]
  let result
  try {
    result = work()
  } finally {
    if (!isPromise(result)) planted(now() - ranBefore)
  }
  return isPromise(result) ? result.finally(() => planted(performance.now() - start)) : result
}

const isPromise = result => typeof result?.finally === 'function'

const frameworks = {
  http: routes => (req, res) => {
    const handler = routes[req.url.split('?')[0]]
    return handler ? run(handler, req, res) : res.writeHead(404).end()
  },
  express(routes) {
    const express = require('express')
    const served = express()
    for (const [path, handler] of Object.entries(routes)) served.all(path, (req, res) => run(handler, req, res))
    return served
  }
}

/** A handler with (req, res) answers itself, another returns its answer or a promise of it. */
async function run(handler, req, res) {
  if (handler.length === 2) return handler(req, res)
  try {
    res.end(String(await handler(req)))
  } catch (error) {
    res.statusCode = 500
    res.end(error.message)
  }
}

main()
