// Pushes reports into an export with a spool until it is killed: `spool.js FOLDER ENDPOINT NAME`. Each report's id is printed after
// it was pushed; from then on it must not be lost. With NAME `drain` nothing is pushed: what was left is sent.

const fs = require('node:fs')
const path = require('node:path')
const dist = path.join(__dirname, '../../dist')
const { createExport } = require(path.join(dist, 'lib/export/index.js'))
const { readConfig } = require(path.join(dist, 'lib/options/config.js'))
const { sampleReport } = require(path.join(dist, 'test/sample-report.js'))

const [folder, httpEndpoint, name] = process.argv.slice(2)
/** At most 6 kB each: all of them are less than half of the file, so none has to go. */
const MAX_WAITING = 30

const { config } = readConfig({
  env: {},
  code: { spoolDir: folder, httpEndpoint, spoolMaxBytes: 400_000, otlpTimeoutMs: 2000 }
})
const log = (_level, text) => fs.writeSync(2, `${text}\n`)
const outlet = createExport({ config, service: sampleReport().service, colors: false, log })

let pushed = 0
const push = () => {
  const room = outlet.counts().http.waiting < MAX_WAITING
  if (room) {
    const id = `${name}-${pushed++}`
    outlet.push(sampleReport({ id, annotations: { filler: 'x'.repeat(Math.floor(Math.random() * 3000)) } }))
    fs.writeSync(1, `${id}\n`)
  }
  setTimeout(push, room ? 0 : 5)
}

if (name === 'drain') {
  outlet.flush(20_000).then(() => {
    outlet.stop()
    process.exit(outlet.counts().http.waiting)
  })
} else {
  fs.writeSync(1, '\n')
  push()
}
