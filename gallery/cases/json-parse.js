// JSON.parse of a big text: native code that answers no question while it runs.

const { item, seenByAnInnocentOne } = require('../innocent.js')

const text = JSON.stringify(Array.from({ length: 700_000 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'] })))
const loadCatalog = () => [JSON.parse(text), JSON.parse(text)].length

exports.app = ({ timed }) => ({ routes: { '/catalog': () => timed(loadCatalog) } })
exports.load = ({ get }) => get('/catalog')
exports.expect = { route: '/catalog', cause: 'cpu.own', culprit: /loadCatalog/, has: 'cpu.own' }

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'a body of 35 MB': {
    app: ({ timed }) => ({
      routes: {
        '/import': (req, res) => {
          const parts = []
          req.on('data', part => parts.push(part))
          req.on('end', () => res.end(String(timed(() => loadItems(Buffer.concat(parts))).length)))
        }
      }
    }),
    load: ({ get }) => get('/import', { body: text }),
    expect: { route: '/import', culprit: /loadItems/, ms: 'planted', with: 'gc' }
  },
  'seen by an innocent one': {
    app: () => ({ routes: { '/catalog': () => loadCatalog(), '/item': item } }),
    ...seenByAnInnocentOne('/catalog', 'loadCatalog')
  }
}

function loadItems(bytes) {
  return [...JSON.parse(bytes), ...JSON.parse(bytes)]
}
