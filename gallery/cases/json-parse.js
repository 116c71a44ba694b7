// JSON.parse of a big text: native code that answers no question while it runs.

exports.app = () => {
  const text = JSON.stringify(
    Array.from({ length: 900_000 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'] }))
  )
  const loadCatalog = () => JSON.parse(text).length
  return { routes: { '/catalog': () => loadCatalog() } }
}
exports.load = ({ get }) => get('/catalog')
exports.expect = { route: '/catalog', cause: 'cpu.own', culprit: /loadCatalog/ }
