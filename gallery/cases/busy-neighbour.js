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
/** Returns the way out. */
function crowd() {
  const bind = pid => execFileSync('taskset', ['-a', '-cp', '0', String(pid)])
  bind(process.pid)
  const neighbours = Array.from({ length: 3 }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
  for (const { pid } of neighbours) bind(pid)
  return () => {
    for (const neighbour of neighbours) neighbour.kill('SIGKILL')
  }
}
exports.app = () => {
  const close = crowd()
  function renderPage(times) {
    let sum = 0
    for (let i = 0; i < times; i++) sum += Math.sqrt(i)
    return sum
  }
  return { routes: { '/page': () => renderPage(2e8) }, close }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'cpu.contended', culprit: /renderPage/ }

exports.variants = {
  http: {},
  'in many turns, express': {
    framework: 'express',
    app() {
      const close = crowd()
      const { createHash } = require('node:crypto')
      async function signPage() {
        let hash = 'page'
        for (let i = 0; i < 60; i++) {
          for (let k = 0; k < 2500; k++) hash = createHash('sha256').update(hash).digest('hex')
          await new Promise(setImmediate)
        }
        return hash
      }
      return { routes: { '/page': signPage }, close }
    },
    expect: { culprit: /signPage|cause/ }
  }
}
