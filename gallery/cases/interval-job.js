// A job on a timer, outside any request, holds the loop.

exports.app = () => {
  function recount(ms) {
    let sum = 0
    for (const until = Date.now() + ms; Date.now() < until; ) sum += Math.sqrt(sum + 1)
    return sum
  }
  const timer = setInterval(recount, 1500, 800)
  const wait = () => new Promise(resolve => setTimeout(resolve, 1000, 'waited'))
  return { routes: { '/wait': wait }, close: () => clearInterval(timer) }
}
exports.load = async ({ get, pause }) => {
  await pause(900)
  await get('/wait')
}
exports.expect = { route: '/wait', cause: 'loop.blocked', culprit: /recount/ }
