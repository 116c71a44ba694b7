// Does with bluebird what applications do in life, inside requests, and prints what they see. Nothing in it differs between two
// runs, so that a run with the agent can be compared to one without, letter by letter. LIBRARIES: whose bluebird is meant.

const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')

const Bluebird = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))('bluebird')

const context = new AsyncLocalStorage()
const seen = []
const see = (...what) => seen.push([...what, context.getStore() ?? 'no context'])

function steps(Lib) {
  const later = value => Lib.delay(1).then(() => value)
  const failing = () => Lib.reject(new TypeError('of the application'))
  return {
    chain: () =>
      later(1)
        .tap(value => see('tap', value))
        .bind({ self: 'bound' })
        .then(function (...args) {
          see('then', this.self, args)
          return failing()
        })
        .catch(TypeError, error => see('caught', error.message))
        .finally((...args) => see('finally', args)),
    many: async () => {
      see('map', await Lib.map([1, later(2), 3], (...args) => args.join(), { concurrency: 2 }))
      see('reduce', await Lib.reduce([1, 2], (...args) => args.join(), 'from'))
      see('each', await Lib.each([1, 2], (...args) => see('of each', args)))
      see('filter', await Lib.filter([1, 2], value => value > 1))
      see('join', await Lib.join(1, later(2), (...args) => args))
      see('spread', await later([1, 2]).spread((...args) => args))
    },
    callbacks: async () => {
      see('promisified', await Lib.promisify((value, done) => setImmediate(done, null, value))('value'))
      await new Lib(resolve =>
        failing().asCallback((...args) => {
          see('nodeback', args.length, args[0].message)
          resolve()
        })
      )
    },
    coroutine: Lib.coroutine(function* () {
      see('yielded', yield later('a'))
      see(
        'using',
        yield Lib.using(
          Lib.resolve('b').disposer(value => see('disposed', value)),
          value => value
        )
      )
    }),
    order: async () => {
      const order = []
      const first = Lib.resolve().then(() => order.push('first'))
      const second = context.run('another', () => Lib.resolve().then(() => order.push(context.getStore())))
      order.push('sync')
      await Lib.all([first, second])
      see('order', order)
    },
    timeout: () =>
      later()
        .delay(50)
        .timeout(1)
        .catch(Lib.TimeoutError, error => see('timeout', error.message)),
    reflected: async () => {
      const [one, two] = await Lib.all([later(1), failing()].map(each => each.reflect()))
      see('reflected', one.value(), two.reason().message)
    }
  }
}

async function cancelled(Lib) {
  const never = new Lib((_resolve, _reject, onCancel) => onCancel(() => see('cancelled')))
  const reflected = never.reflect()
  const last = never.finally(() => see('finally of it'))
  never.cancel()
  see('reflection', (await reflected).isCancelled(), last.isCancelled())
}

const server = http.createServer((request, response) =>
  context.run(request.url, async () => {
    for (const [name, step] of Object.entries(steps(Bluebird))) {
      see(name)
      await step()
    }
    const Copy = Bluebird.getNewLibraryCopy()
    Copy.config({ cancellation: true })
    await cancelled(Copy)
    Copy.config({ asyncHooks: true })
    await steps(Copy).chain()
    const unhandled = new Promise(resolve =>
      process.once('unhandledRejection', error => resolve(see('unhandled', error.message)))
    )
    Bluebird.reject(new Error('of nobody'))
    await unhandled
    response.end()
  })
)

server.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port, path: '/behaviour' }, response => {
    response.resume().on('end', () => {
      server.close()
      for (const what of seen) console.log(JSON.stringify(what))
    })
  })
})
