// A job on a timer, outside any request, holds the loop.

function recount(ms) {
  let sum = 0
  for (const until = Date.now() + ms; Date.now() < until; ) sum += Math.sqrt(sum + 1)
  return sum
}
const wait = () => new Promise(resolve => setTimeout(resolve, 1000, 'waited'))

exports.short = true
exports.app = ({ timed }) => {
  const timer = setInterval(() => timed(() => recount(800)), 1500)
  return { routes: { '/wait': wait }, close: () => clearInterval(timer) }
}
exports.load = async ({ get, pause }) => {
  await pause(900)
  await get('/wait')
}
exports.expect = { route: '/wait', cause: 'loop.blocked', culprit: /recount/ }

exports.variants = {
  setInterval: {},
  'fifty at once': {
    load: async ({ atOnce, pause }) => {
      await pause(900)
      await atOnce(50, '/wait')
    }
  },
  'begun by the first who asked': {
    app({ timed }) {
      let timer
      const warm = () => {
        timer ??= setInterval(() => timed(() => recount(800)), 1500)
        return 'warm'
      }
      return { routes: { '/warm': warm, '/wait': wait }, close: () => clearInterval(timer) }
    },
    load: async ({ get, pause }) => {
      await get('/warm')
      await pause(900)
      await get('/wait')
    },
    expect: { culprit: /what GET \/warm left running \(recount/ }
  },
  'an async job, express': {
    framework: 'express',
    app() {
      let on = true
      async function job() {
        while (on) {
          await new Promise(resolve => setTimeout(resolve, 700))
          recount(800)
        }
      }
      job()
      return {
        routes: { '/wait': wait },
        close: () => {
          on = false
        }
      }
    }
  }
}
