// The load: keep-alive connections that send one fixed request at a time and read its answer, over bare sockets, so that the
// generator (a third of a core at 10,000 requests/s) is not what limits the service. An answer that is not a 200 with a
// Content-Length is an error: it would measure something else.

import { once } from 'node:events'
import { connect } from 'node:net'

const CONNECTIONS = 16
/** Beyond it the service does not keep up with the schedule, and latency is only the length of the queue. */
const MAX_WAITING = 20_000

/** Sends `requests` requests, each connection its next one when the last is answered. */
export async function closedLoad({ port }, path, requests, connections = CONNECTIONS) {
  const clients = await Promise.all(Array.from({ length: connections }, () => openClient(port, path)))
  let left = requests
  const work = async client => {
    while (left-- > 0) await client.send()
  }
  await Promise.all(clients.map(work))
  for (const client of clients) client.close()
}

/**
 * Sends requests at random moments (Poisson, `rate` a second on average), whether or not earlier ones were answered, and
 * returns the latencies in milliseconds, counted from the moment at which each request was due.
 */
export async function openLoad({ port }, path, rate, seconds, random) {
  const idle = await Promise.all(Array.from({ length: CONNECTIONS * 4 }, () => openClient(port, path)))
  const clients = [...idle]
  const latencies = []
  const waiting = []
  const running = new Set()
  const begin = performance.now()
  let due = begin

  const start = (client, moment) => {
    const answered = client.send().then(() => {
      latencies.push(performance.now() - moment)
      running.delete(answered)
      const next = waiting.shift()
      if (next === undefined) idle.push(client)
      else start(client, next)
    })
    running.add(answered)
  }

  while (due < begin + seconds * 1000) {
    for (const now = performance.now(); due <= now; due += (-Math.log(1 - random()) * 1000) / rate) {
      // The one that idled longest: after five seconds Node would close it.
      const client = idle.shift()
      if (client) start(client, due)
      else if (waiting.push(due) > MAX_WAITING) throw new Error(`the service does not keep up with ${rate} requests/s`)
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  while (running.size > 0) await Promise.all(running)
  for (const client of clients) client.close()
  return latencies
}

async function openClient(port, path) {
  const socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1')
  await once(socket, 'connect')
  const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`
  let answer = ''
  let settle
  const fail = error => settle?.reject(error ?? new Error(`${path}: the connection was closed`))
  socket.on('error', fail).on('close', () => fail())
  socket.on('data', chunk => {
    answer += chunk
    const head = answer.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, head + 2))
    if (!answer.startsWith('HTTP/1.1 200') || !length)
      return fail(new Error(`${path} answered ${answer.slice(0, 200)}`))
    if (answer.length < head + 4 + Number(length[1])) return
    answer = ''
    const { resolve } = settle
    settle = undefined
    resolve()
  })
  return {
    send: () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        if (socket.destroyed) fail()
        else socket.write(request)
      }),
    close() {
      settle = undefined
      socket.removeListener('close', fail).destroy()
    }
  }
}
