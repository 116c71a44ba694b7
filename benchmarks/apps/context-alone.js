// What knowing the current request takes by Node's means: each request runs in an AsyncLocalStorage, and that is all.
const { AsyncLocalStorage } = require('node:async_hooks')
const { Server } = require('node:http')

const context = new AsyncLocalStorage()
const { emit } = Server.prototype
const call = (self, args) => emit.apply(self, args)

Server.prototype.emit = function (...args) {
  return args[0] === 'request' ? context.run({}, call, this, args) : emit.apply(this, args)
}
