// Fifty at once, each computing a little between awaits: nobody blocks the loop, all together fill it.

exports.app = () => {
  function step() {
    const until = performance.now() + 2
    let sum = 0
    while (performance.now() < until) sum += Math.sqrt(sum + 1)
    return sum
  }
  async function work() {
    for (let i = 0; i < 40; i++) {
      step()
      await new Promise(setImmediate)
    }
    return 'worked'
  }
  return { routes: { '/work': work } }
}
exports.load = ({ get }) => Promise.all(Array.from({ length: 50 }, () => get('/work')))
exports.expect = { route: '/work', cause: 'loop.saturated', culprit: /"cause"/ }
