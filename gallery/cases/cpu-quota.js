// A container with a fifth of a CPU: a real group of cgroup v1 with a quota. What v2 says instead has its own tests.

const fs = require('node:fs')
const group = `/sys/fs/cgroup/cpu/perfagent-gallery-${process.pid}`

exports.cannot = () => {
  try {
    fs.mkdirSync(group)
    fs.rmdirSync(group)
  } catch (error) {
    return `no group with a CPU quota can be made here: ${error.message}`
  }
}
/** No quota holds for real-time priority. */
exports.ordinary = true
/** The group of this process from now on; returns the way out. */
function enter() {
  fs.mkdirSync(group)
  // A group's part of a busy machine is by its shares, whatever priority its processes have.
  fs.writeFileSync(`${group}/cpu.shares`, '262144')
  fs.writeFileSync(`${group}/cpu.cfs_period_us`, '100000')
  fs.writeFileSync(`${group}/cpu.cfs_quota_us`, '20000')
  fs.writeFileSync(`${group}/cgroup.procs`, String(process.pid))
  return () => {
    fs.writeFileSync('/sys/fs/cgroup/cpu/cgroup.procs', String(process.pid))
    fs.rmdirSync(group)
  }
}
exports.app = () => {
  const close = enter()
  function renderPage(times) {
    let sum = 0
    for (let i = 0; i < times; i++) sum += Math.sqrt(i)
    return sum
  }
  return { routes: { '/page': () => renderPage(1e8) }, close }
}
exports.load = ({ get }) => get('/page')
exports.expect = { route: '/page', cause: 'cpu.throttled', culprit: /0\.2 cores.*renderPage/ }

exports.variants = {
  http: {},
  'after an await, express': {
    framework: 'express',
    app() {
      const close = enter()
      const { createHash } = require('node:crypto')
      async function signPage() {
        await new Promise(setImmediate)
        let hash = 'page'
        for (let i = 0; i < 120_000; i++) hash = createHash('sha256').update(hash).digest('hex')
        return hash
      }
      return { routes: { '/page': signPage }, close }
    },
    expect: { culprit: /0\.2 cores.*signPage/ }
  }
}
