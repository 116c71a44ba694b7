// Its own code computes, in a function of some depth, after an await.

exports.app = () => {
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
  return {
    routes: {
      '/primes': async () => {
        await new Promise(resolve => setTimeout(resolve, 20))
        return countPrimes(700)
      }
    }
  }
}
exports.load = ({ get }) => get('/primes')
exports.expect = { route: '/primes', cause: 'cpu.own', culprit: /isPrime|countPrimes/, ms: 700 }
