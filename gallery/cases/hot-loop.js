// Its own code computes, in a function of some depth, after an await.

const { item, seenByAnInnocentOne } = require('../innocent.js')

function isPrime(n) {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return true
}
function countPrimes(ms) {
  const until = Date.now() + ms
  let count = 0
  for (let n = 1e9; Date.now() < until; n++) if (isPrime(n)) count++
  return count
}

exports.short = true
exports.app = ({ timed }) => ({
  routes: {
    '/primes': async () => {
      await new Promise(resolve => setTimeout(resolve, 20))
      return timed(() => countPrimes(700))
    }
  }
})
exports.load = ({ get }) => get('/primes')
exports.expect = {
  route: '/primes',
  cause: 'cpu.own',
  culprit: /isPrime|countPrimes/,
  ms: 'planted',
  measured: true
}

exports.variants = {
  promise: {},
  callback: {
    app: ({ timed }) => ({
      routes: { '/primes': (_req, res) => setTimeout(() => res.end(String(timed(() => countPrimes(700)))), 20) }
    })
  },
  express: { framework: 'express' },
  'seen by an innocent one': {
    app: ({ timed }) => ({
      routes: {
        '/primes': async () => timed(() => countPrimes(700)),
        '/item': item
      }
    }),
    ...seenByAnInnocentOne('/primes', 'isPrime|countPrimes')
  },
  'fifty at once': {
    app: () => ({
      routes: {
        '/primes': async () => {
          await new Promise(resolve => setTimeout(resolve, 20))
          return countPrimes(30)
        }
      }
    }),
    load: ({ atOnce }) => atOnce(50, '/primes'),
    expect: { causes: ['loop.saturated', 'loop.blocked'], ms: undefined, measured: undefined }
  }
}
