// Answers /call/… with the traceparent that a peer (itself) got, /fails with 500, /slow after 100 ms.

const { serve } = require('./lib')

const server = serve(
  new Proxy(
    {
      '/peer': req => req.headers.traceparent,
      '/fails': () => {
        throw new Error('failed')
      },
      '/slow': () => new Promise(resolve => setTimeout(resolve, 100, 'late'))
    },
    {
      get: (handlers, path) =>
        handlers[path] ??
        (async () =>
          (await fetch(`http://127.0.0.1:${server.address().port}/peer`, { headers: { connection: 'close' } })).text())
    }
  )
)
