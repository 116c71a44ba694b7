// JSON.parse of a big text: native code that answers no question while it runs.

const { observe } = require('../collected.js')
const { item, seenByAnInnocentOne } = require('../innocent.js')

const text = JSON.stringify(Array.from({ length: 700_000 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'] })))
function loadCatalog() {
  let count = 0
  for (const until = Date.now() + 700; Date.now() < until; ) count += JSON.parse(text).length
  return count
}

/** Where memory is dear more than half of the time is the collector's. It is that function's in any case. */
const watched = ({ timed, collected, now }) => {
  const observed = observe({ planted: collected, now })
  return work => observed(turn => turn(() => timed(work)))
}

exports.app = tools => {
  const run = watched(tools)
  return { routes: { '/catalog': () => run(loadCatalog) } }
}
exports.load = ({ get }) => get('/catalog')
exports.expect = {
  route: '/catalog',
  cause: 'cpu.own',
  culprit: /loadCatalog/,
  has: 'cpu.own',
  ms: 'planted',
  with: 'gc'
}

const seenCatalog = seenByAnInnocentOne('/catalog', 'loadCatalog')

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'a body of 35 MB': {
    app(tools) {
      const run = watched(tools)
      return {
        routes: {
          '/import': (req, res) => {
            const parts = []
            req.on('data', part => parts.push(part))
            req.on('end', async () => res.end(String((await run(() => loadItems(Buffer.concat(parts)))).length)))
          }
        }
      }
    },
    load: ({ get }) => get('/import', { body: text }),
    expect: { route: '/import', culprit: /loadItems/ }
  },
  'seen by an innocent one': {
    app: () => ({ routes: { '/catalog': () => loadCatalog(), '/item': item } }),
    load: seenCatalog.load,
    expect: { ...seenCatalog.expect, has: undefined, ms: undefined, with: undefined }
  }
}

function loadItems(bytes) {
  return [...JSON.parse(bytes), ...JSON.parse(bytes)]
}
