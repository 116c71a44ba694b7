// What the application can see of the tick that is held: how many ids an async hook, set by the first line, saw run and not begin; and
// how many are left of what was current when the first socket was made.

const { AsyncLocalStorage, createHook } = require('node:async_hooks')
const begun = new Set()
let unknown = 0
createHook({
  init: id => begun.add(id),
  before(id) {
    if (!begun.has(id)) unknown++
  }
}).enable()

const net = require('node:net')
const v8 = require('node:v8')

class Current {}

let isClosed = false
function connect() {
  const socket = net.connect(9, '127.0.0.1')
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
}

new AsyncLocalStorage().run(new Current(), connect)

const polling = setInterval(() => {
  if (!isClosed) return
  clearInterval(polling)
  console.log(JSON.stringify({ unknown, left: v8.queryObjects(Current) }))
}, 20)
