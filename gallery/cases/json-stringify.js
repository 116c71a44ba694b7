// A big answer is made into text at one go.

const { item, seenByAnInnocentOne } = require('../innocent.js')

exports.app = ({ timed }) => {
  const catalog = Array.from({ length: 300_000 }, (_, id) => ({
    id,
    name: `item "${id}"`,
    at: new Date(id),
    tags: [1, 2]
  }))
  function render() {
    let text
    for (const until = Date.now() + 700; Date.now() < until; ) text = JSON.stringify(catalog)
    return text
  }
  return { routes: { '/catalog': () => timed(render), '/item': item } }
}
exports.load = ({ get }) => get('/catalog')
exports.expect = { route: '/catalog', cause: 'cpu.own', culprit: /render/ }

exports.variants = {
  http: {},
  'seen by an innocent one': seenByAnInnocentOne('/catalog', 'render'),
  express: {
    app() {
      const catalog = Array.from({ length: 300_000 }, (_, id) => ({ id, name: `item "${id}"`, at: new Date(id) }))
      const all = () => [...catalog, ...catalog]
      return { routes: { '/catalog': (_req, res) => res.json(all()) } }
    },
    framework: 'express',
    expect: { culprit: /"cause":"cpu.own"/ }
  }
}
