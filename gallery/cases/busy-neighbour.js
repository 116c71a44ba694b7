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
exports.app = () => {
  const bind = pid => execFileSync('taskset', ['-a', '-cp', '0', String(pid)])
  bind(process.pid)
  const neighbours = Array.from({ length: 3 }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
  for (const { pid } of neighbours) bind(pid)
  function renderPage(times) {
    let sum = 0
    for (let i = 0; i < times; i++) sum += Math.sqrt(i)
    return sum
  }
  const close = () => {
    for (const neighbour of neighbours) neighbour.kill('SIGKILL')
  }
  return { routes: { '/page': () => renderPage(2e8) }, close }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'cpu.contended', culprit: /renderPage/ }
