// Requests whose cause lies in the kernel: the main thread sleeps in a read of a FIFO that is written slowly, in fsync, or has to
// share its CPU. FOLDER is the test's.

const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')

const FIFO = path.join(process.env.FOLDER, 'slow.fifo')
const FILE = path.join(process.env.FOLDER, 'ledger.db')

execFileSync('mkfifo', [FIFO])
/** Ends with us: the end of its stdin is ours. */
const WRITER = `
  const fd = require('node:fs').openSync(process.argv[1], 'w')
  setInterval(() => require('node:fs').writeSync(fd, 'x'), 300)
  process.stdin.resume().on('end', () => process.exit())
  process.stdin.on('error', () => process.exit())`
const writer = spawn(process.execPath, ['-e', WRITER, FIFO], { stdio: ['pipe', 'ignore', 'inherit'] })
const fifo = fs.openSync(FIFO, 'r')

const waiting = fs.openSync(FIFO, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)

function readSlowly() {
  // What has come since the last time would be there at once.
  try {
    while (fs.readSync(waiting, Buffer.alloc(4096)) > 0);
  } catch {}
  for (let i = 0; i < 2; i++) fs.readSync(fifo, Buffer.alloc(1))
}

/** Answers which share of the time it was in fsync: a file system in memory has nothing to wait for. */
function commitOften() {
  const ledger = fs.openSync(FILE, 'w')
  const from = performance.now()
  let committing = 0
  for (let i = 0; performance.now() < from + 300; i++) {
    fs.writeSync(ledger, Buffer.alloc(64 * 1024, i), 0, 64 * 1024, (i % 64) * 1024 * 1024)
    const written = performance.now()
    fs.fsyncSync(ledger)
    committing += performance.now() - written
  }
  fs.closeSync(ledger)
  return committing / (performance.now() - from)
}

function compute() {
  const from = process.cpuUsage()
  const spent = () => process.cpuUsage(from).user + process.cpuUsage(from).system
  while (spent() < 200_000);
}

const routes = { '/fifo': readSlowly, '/fsync': commitOften, '/compute': compute }
const server = http.createServer((request, response) => {
  response.end(String(routes[request.url]?.()))
})
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
process.on('disconnect', () => {
  server.close()
  server.closeAllConnections()
  writer.stdin.end()
})
