// Other processes want the same CPU: the service is bound to one, and three endless loops with it.

const { execFileSync, spawn } = require('node:child_process')

exports.cannot = () => {
  try {
    execFileSync('taskset', ['-p', String(process.pid)])
  } catch (error) {
    return `taskset is not here: ${error.message}`
  }
}
exports.ordinary = true
/** They come when the service has started, at `/warm`. */
function neighbours() {
  const bind = pid => execFileSync('taskset', ['-a', '-cp', '0', String(pid)])
  const come = () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  let there = []
  return {
    warm() {
      bind(process.pid)
      there = [come(), come(), come()]
      for (const { pid } of there) bind(pid)
    },
    close() {
      for (const neighbour of there) neighbour.kill('SIGKILL')
    }
  }
}
exports.app = () => {
  const { warm, close } = neighbours()
  function renderPage(times) {
    let sum = 0
    for (let i = 0; i < times; i++) sum += Math.sqrt(i)
    return sum
  }
  return { routes: { '/warm': warm, '/page': () => renderPage(2e8) }, close }
}
exports.load = async ({ get, pause }) => {
  await get('/warm')
  await pause(300)
  await get('/page')
}
exports.expect = { route: '/page', cause: 'cpu.contended', culprit: /renderPage/ }

exports.variants = {
  http: {},
  'in many turns, express': {
    framework: 'express',
    app() {
      const { warm, close } = neighbours()
      const { createHash } = require('node:crypto')
      async function signPage() {
        let hash = 'page'
        for (let i = 0; i < 60; i++) {
          for (let k = 0; k < 2500; k++) hash = createHash('sha256').update(hash).digest('hex')
          await new Promise(setImmediate)
        }
        return hash
      }
      return { routes: { '/warm': warm, '/page': signPage }, close }
    },
    expect: { culprit: /signPage|cause/ }
  }
}
