// A sort whose comparator parses dates again and again.

exports.app = () => {
  const orders = Array.from({ length: 120_000 }, (_, i) => ({
    at: new Date(1.6e12 + ((i * 7919) % 120_000) * 1e6).toISOString()
  }))
  const byDate = (a, b) => new Date(a.at) - new Date(b.at)
  const newest = () => [...orders].sort(byDate)[0].at
  return { routes: { '/newest': newest } }
}
exports.load = ({ get }) => get('/newest')
exports.expect = { route: '/newest', cause: 'cpu.own', culprit: /byDate|newest/ }
