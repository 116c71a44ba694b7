// What throws when a patch reads it (a getter, a Proxy, what is frozen or missing) is nothing that the application notices.

import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { grpc } from '../../instrumentations/grpc.js'
import { memcached } from '../../instrumentations/memcached.js'
import type { Instrumentation } from '../../lib/hook/index.js'
import { setLogLevel } from '../../lib/process/log.js'

const fail = (): never => {
  throw new Error('the application’s own')
}
const throwing = (): object => new Proxy({}, { get: fail, getOwnPropertyDescriptor: fail, has: fail })

/** What the library exports, patched as its file is. */
function patched<Exports extends object>({ patches }: Instrumentation, file: RegExp, exports: Exports): Exports {
  patches!.find(patch => file.test(patch.file!))!.apply(exports as never, '0.0.0')
  return exports
}

describe('an object of the application that throws when it is read', () => {
  before(() => setLogLevel('none'))
  after(() => setLogLevel('warn'))

  it('is given to memcached as it is', () => {
    class Client {
      servers = ['localhost:11211']
      command(compile: () => { type: string }): string {
        return compile().type
      }
    }
    patched(memcached, /memcached/, Client)
    const keys: string[] = Object.defineProperty([], 0, { get: fail })
    const query = { type: 'get', key: keys, callback() {} }
    assert.equal(
      new Client().command(() => query),
      'get'
    )
  })

  it('is given to memjs as it is', () => {
    class Server {
      responseCallbacks = throwing()
      write = undefined as unknown as (request: Buffer) => Buffer
    }
    const prototype = { write: (request: Buffer) => request }
    patched(memcached, /memjs/, { Server: { prototype } })
    const server = Object.assign(new Server(), prototype)
    const request = Buffer.alloc(24)
    assert.equal(server.write(request), request)
  })

  it('is given to gRPC as it is: a call that is frozen, a listener, a status', () => {
    const listen = (): void => {}
    channel('perfagent:grpc:start').subscribe(listen)
    interface Call {
      start(metadata: object, listener: object): unknown
    }
    const { getInterceptingCall } = patched(grpc, /client-interceptors/, {
      getInterceptingCall: (call: Call, _method: object) => call
    })
    const started = (): Call => getInterceptingCall({ start: (_, listener) => listener }, { path: '/shop.Stock/Get' })

    const frozen = Object.freeze({ start: () => 'started' })
    assert.equal(getInterceptingCall(frozen, { path: '/shop.Stock/Get' }).start({}, {}), 'started')
    const listener = throwing()
    assert.equal(started().start({}, listener), listener)
    const told: unknown[] = []
    const note = (what: unknown) => told.push(what)
    const ours = started().start({}, { onReceiveMetadata: note, onReceiveStatus: note }) as {
      onReceiveMetadata(metadata: unknown): void
      onReceiveStatus(status: unknown): void
    }
    ours.onReceiveMetadata({})
    ours.onReceiveStatus(undefined)
    assert.deepEqual(told, [{}, undefined])
    channel('perfagent:grpc:start').unsubscribe(listen)
  })

  it('is the error of a handler of gRPC as it is', () => {
    const handlers: ((call: object, callback: (error: unknown) => void) => void)[] = []
    class Server {
      register(_path: string, handler: (typeof handlers)[0]): void {
        handlers.push(handler)
      }
    }
    patched(grpc, /server\.js$/, { Server })
    const error = throwing()
    new Server().register('/shop.Stock/Get', (_call, callback) => callback(error))
    const told: unknown[] = []
    handlers[0]!({ getPath: () => '/shop.Stock/Get', metadata: { internalRepr: new Map() } }, it => told.push(it))
    assert.deepEqual([told.length, told[0] === error], [1, true])
  })
})
