// A cluster of two workers, each with servers of three kinds that answer a connection with the worker's number. On the message 'end' the
// first worker ends as the command line says. Its listener of 'exit' tells what it sees, and returns when there is the file named there.
// Where it ends by a signal, which brings no 'exit', what Node sends the signal by does that.

const cluster = require('node:cluster')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const net = require('node:net')

const [how, file] = process.argv.slice(2)

async function primary() {
  const first = await startWorker()
  await startWorker()
  first.worker.on('message', message => console.log(JSON.stringify(message)))
  first.worker.on('exit', (code, signal) =>
    console.log(JSON.stringify({ code, signal, asked: first.worker.exitedAfterDisconnect }))
  )
  process.on('message', () => first.worker.send('end'))
  process.once('disconnect', () => cluster.disconnect())
  console.log(`ports ${first.ports}`)
  console.log(`listening on ${first.ports[0]}`)
}

async function startWorker() {
  const worker = cluster.fork()
  const [ports] = await once(worker, 'message')
  return { worker, ports }
}

async function worker() {
  const servers = [http.createServer(), http2.createServer(), net.createServer()]
  for (const server of servers) {
    server.on('connection', socket => socket.end(`${cluster.worker.id}`).on('error', () => {}))
    await once(server.listen(0, '127.0.0.1'), 'listening')
  }
  for (const server of servers) server.on('close', () => fs.writeSync(1, 'closed\n'))
  const ports = servers.map(server => server.address().port)
  const leave = () => {
    const seen = servers.map((server, i) => [server.listening, server.address()?.port === ports[i]])
    process.send({ seen, sends: process.send.length })
    if (how === 'disconnects') cluster.worker.disconnect()
    if (how === 'closes') for (const server of servers) server.close()
    while (!fs.existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    if (how === 'exits') process.exit(4)
  }
  process.on('exit', leave)
  const { _kill } = process
  process._kill = (...args) => {
    leave()
    return _kill.apply(process, args)
  }
  process.once('message', () => {
    if (how === 'throws')
      setImmediate(() => {
        throw new Error('nobody catches this')
      })
    else if (how.startsWith('SIG')) process.kill(process.pid, how)
    else process.exit(3)
  })
  // The watch of the exit begins a turn after the first server has begun to listen.
  setImmediate(() => process.send(ports))
}

if (cluster.isPrimary) primary()
else worker()
