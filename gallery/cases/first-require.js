// The first request loads a large module.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { item, seenByAnInnocentOne } = require('../innocent.js')

/** A module of some 600 ms: many functions, and a table that it makes while it loads, of numbers: there is nothing to collect. */
function writeModule(folder) {
  const file = path.join(folder, 'renderer.js')
  const parts = Array.from({ length: 20_000 }, (_, i) => `exports.f${i} = function f${i}(a) { return a * ${i} + 1 }`)
  const table =
    'exports.table = []\nfor (let i = 0, until = Date.now() + 600; Date.now() < until; i++) exports.table[i % 1000] = i'
  fs.writeFileSync(file, `${parts.join('\n')}\n${table}\nexports.render = () => exports.table.length`)
  return file
}

exports.app = ({ timed }) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gallery-'))
  const file = writeModule(folder)
  function page() {
    const { render } = timed(() => require(file))
    return render()
  }
  return { routes: { '/page': page, '/item': item }, close: () => fs.rmSync(folder, { recursive: true }) }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'cpu.own', culprit: /renderer\.js|page|require/, ms: 'planted' }

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'seen by an innocent one': seenByAnInnocentOne('/page', 'renderer\\.js|page|require')
}
