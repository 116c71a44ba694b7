// Allocation with a large live set: the collector pauses the program again and again.

exports.app = () => {
  const live = []
  async function buildIndex() {
    for (let part = 0; part < 120; part++) {
      live.push(Array.from({ length: 30_000 }, (_, i) => ({ i, key: `k${i}`, next: { i } })))
      await new Promise(setImmediate)
    }
    return live.splice(0).length
  }
  return { routes: { '/index': buildIndex } }
}
exports.load = ({ get }) => get('/index')
exports.expect = { route: '/index', causes: ['gc', 'cpu.own'], culprit: /"cause"/, has: 'gc' }
