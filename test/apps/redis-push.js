// Pushes to a list of Redis by a connection of its own, while this process stands.

const { spawnSync } = require('node:child_process')

/** Returns when the server has done it. */
exports.push = function push(list) {
  const program = `const { hostname, port } = new URL(process.env.REDIS_URL)
    const socket = require('node:net').connect(port, hostname)
    socket.end('LPUSH ${list} pushed\\r\\n').resume()`
  spawnSync(process.execPath, ['-e', program], { env: { REDIS_URL: process.env.REDIS_URL } })
}
