// A sort whose comparator parses dates again and again.

const { item, seenByAnInnocentOne } = require('../innocent.js')

exports.app = ({ timed }) => {
  const orders = Array.from({ length: 60_000 }, (_, i) => ({
    at: new Date(1.6e12 + ((i * 7919) % 60_000) * 1e6).toISOString()
  }))
  const byDate = (a, b) => new Date(a.at) - new Date(b.at)
  function newest() {
    let at
    for (const until = Date.now() + 700; Date.now() < until; ) at = [...orders].sort(byDate)[0].at
    return at
  }
  return { routes: { '/newest': () => timed(newest), '/item': item } }
}
exports.load = ({ get }) => get('/newest')
exports.expect = { route: '/newest', cause: 'cpu.own', culprit: /byDate|newest/, ms: 'planted', measured: true }

exports.variants = {
  'a function of its own': {},
  'seen by an innocent one': seenByAnInnocentOne('/newest', 'byDate|newest'),
  'in line, express': {
    framework: 'express',
    app: ({ timed }) => {
      const names = Array.from({ length: 120_000 }, (_, i) => `Kunde ${(i * 7919) % 120_000}`)
      function first() {
        let name
        for (const until = Date.now() + 700; Date.now() < until; )
          name = [...names].sort((a, b) => a.localeCompare(b, 'de'))[0]
        return name
      }
      return { routes: { '/newest': () => timed(first) } }
    },
    expect: { culprit: /first/ }
  }
}
