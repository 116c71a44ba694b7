// Whatever brings the program back, the context answers as an AsyncLocalStorage beside it does, and neither disturbs the other.

import assert from 'node:assert/strict'
import { AsyncLocalStorage, AsyncResource, createHook, executionAsyncResource } from 'node:async_hooks'
import { exec } from 'node:child_process'
import { randomBytes, scrypt } from 'node:crypto'
import { lookup } from 'node:dns'
import { EventEmitter, EventEmitterAsyncResource, on, once } from 'node:events'
import { readFile, writeFile } from 'node:fs'
import { readFile as readAsPromise } from 'node:fs/promises'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { devNull } from 'node:os'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { gzip } from 'node:zlib'
import { createContext } from '../../lib/record/context.js'

interface Token {
  name: string
}

type Back = () => void
/** Begins something in a context, which calls `back` later. */
type Way = (back: Back) => unknown

const storage = new AsyncLocalStorage<Token>()
const context = createContext<Token>()

/** Both, so that all there is beside the context is what an application may do. */
const run = <Result>(token: Token, call: () => Result): Result => context.run(token, () => storage.run(token, call))
const current = (): [Token | undefined, Token | undefined] => [context.getStore(), storage.getStore()]

class Thenable {
  // biome-ignore lint/suspicious/noThenProperty: it is one
  then(resolve: (value: number) => void): void {
    resolve(1)
  }
}
class OwnPromise<Value> extends Promise<Value> {}

const outside = new EventEmitter()
const shared = new AsyncResource('shared')

const WAYS: Record<string, Way> = {
  'at once': back => back(),
  'a tick': back => process.nextTick(back),
  'a tick of a tick': back => process.nextTick(() => process.nextTick(back)),
  'a microtask': back => queueMicrotask(back),
  'an immediate': back => setImmediate(back),
  'a timeout': back => setTimeout(back, 1),
  'a timeout that is refreshed': back => {
    const timeout = setTimeout(back, 1)
    timeout.refresh()
  },
  'an interval': back => {
    let turns = 0
    const interval = setInterval(() => {
      if (++turns < 3) return
      clearInterval(interval)
      back()
    }, 1)
  },
  'a promise': back => Promise.resolve().then(back),
  'a promise of their own': back => new OwnPromise<void>(resolve => resolve()).then(back),
  'a promise that is rejected': back => Promise.reject(new Error('x')).catch(back),
  'a promise that is settled later': back => new Promise<void>(resolve => setTimeout(resolve, 1)).finally(back),
  'all promises': back => Promise.all([wait(1), Promise.resolve(), 1]).then(back),
  await: async back => {
    for (let i = 0; i < 4; i++) await i
    back()
  },
  'await of a thenable': async back => {
    await new Thenable()
    back()
  },
  'await of a timer': async back => {
    await wait(1)
    back()
  },
  'an async generator': async back => {
    async function* numbers(): AsyncGenerator<number> {
      yield 1
      await wait(1)
      yield 2
    }
    for await (const number of numbers()) if (number === 2) back()
  },
  'an event': async back => {
    outside.once('event', back)
    outside.emit('event')
  },
  'await of an event': async back => {
    const emitter = new EventEmitter()
    setImmediate(() => emitter.emit('event'))
    await once(emitter, 'event')
    back()
  },
  'events as they come': async back => {
    const emitter = new EventEmitter()
    setImmediate(() => emitter.emit('event', 1))
    for await (const [event] of on(emitter, 'event')) if (event === 1) break
    back()
  },
  'an emitter that is a resource': back => {
    const emitter = new EventEmitterAsyncResource({ name: 'emitter' })
    emitter.on('event', back)
    setImmediate(() => emitter.emit('event'))
  },
  'a resource': back => {
    const resource = new AsyncResource('own')
    setImmediate(() => resource.runInAsyncScope(back))
  },
  'a resource of others': back => shared.runInAsyncScope(back),
  'a resource by hand inside another': back => {
    const resource = new AsyncResource('own')
    shared.runInAsyncScope(() => resource.runInAsyncScope(back))
  },
  'a bound function': back => {
    const bound = AsyncResource.bind(back)
    storage.exit(() => setImmediate(bound))
  },
  'a snapshot': back => {
    const snapshot = AsyncLocalStorage.snapshot()
    setImmediate(() => snapshot(back))
  },
  'a readable stream': back =>
    Readable.from(['a', 'b'])
      .on('data', () => {})
      .once('end', back),
  'a pipeline': async back => {
    const upper = new Transform({ transform: (piece, _encoding, done) => setImmediate(done, null, piece) })
    await pipeline(Readable.from(['a', 'b']), upper, async pieces => {
      for await (const _ of pieces);
    })
    back()
  },
  'a file': back => readFile(__filename, back),
  'a file that is not there': back => readFile('/nowhere', back),
  'a file by promise': async back => {
    await readAsPromise(__filename)
    back()
  },
  'a file that is written': back => writeFile(devNull, 'x', back),
  'a name': back => lookup('localhost', back),
  'random bytes': back => randomBytes(8, back),
  'a derived key': back => scrypt('a', 'b', 8, back),
  'a compression': back => gzip('x', back),
  'a child process': back => exec('exit 0', back),
  'a worker': back =>
    new Worker('require("worker_threads").parentPort.postMessage(1)', { eval: true }).once('message', back),
  'a connection': back => {
    const server = net
      .createServer(socket => socket.end('x'))
      .listen(0, '127.0.0.1', () => {
        const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
        socket.once('data', back).once('close', () => server.close())
      })
  },
  'a call by http': back => {
    const server = http
      .createServer((_request, response) => response.end('x'))
      .listen(0, '127.0.0.1', () => {
        http.get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, response => {
          response.resume().once('end', back)
          server.close()
        })
      })
  },
  'a call through a connection that is kept': async back => {
    const server = http.createServer((_request, response) => response.end('x')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const { port } = server.address() as AddressInfo
    const call = (told: Back): unknown =>
      http.get({ port, host: '127.0.0.1', agent }, response => response.resume().once('end', told))
    await run({ name: 'who opened it' }, () => new Promise<void>(resolve => call(resolve)))
    call(() => {
      back()
      agent.destroy()
      server.close()
    })
  }
}

/** Of the way, begun in the context of `token`: what both answered when it came back. */
const comesBack = (way: Way, token: Token): Promise<ReturnType<typeof current>> =>
  new Promise((resolve, reject) =>
    run(token, () => {
      const begun = way(() => resolve(current()))
      if (begun instanceof Promise) begun.catch(reject)
    })
  )

describe('the context', () => {
  for (const [name, way] of Object.entries(WAYS))
    it(`after ${name} is what an AsyncLocalStorage says`, async () => {
      const tokens = ['a', 'b', 'c'].map(name => ({ name }))
      const found = await Promise.all(tokens.map(token => comesBack(way, token)))
      for (const [own, theirs] of found) assert.equal(own, theirs)
      assert.deepEqual(current(), [undefined, undefined])
    })

  it('is that of who began what comes back, also when many are under way', async () => {
    const work = async (token: Token): Promise<void> => {
      for (const way of [
        'a tick',
        'await',
        'a timeout',
        'a file',
        'a promise',
        'an immediate',
        'a pipeline',
        'a microtask'
      ]) {
        const [own] = await new Promise<ReturnType<typeof current>>(resolve => WAYS[way]!(() => resolve(current())))
        assert.equal(own, token)
        assert.equal(context.getStore(), token)
      }
    }
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const token = { name: `${i}` }
        return run(token, () => work(token))
      })
    )
  })

  it('gives the call its arguments, returns and throws what it does, and is left in each case', () => {
    const a = { name: 'a' }
    const b = { name: 'b' }
    const seen: unknown[] = []
    const throws = (): never => {
      seen.push(context.getStore())
      throw new Error('theirs')
    }
    const result = context.run(
      a,
      (x: number, y: number) => {
        assert.throws(() => context.run(b, throws), /^Error: theirs$/)
        seen.push(context.getStore())
        return context.run(a, () => x + y)
      },
      1,
      2
    )
    assert.deepEqual([result, ...seen, context.getStore()], [3, b, a, undefined])
  })

  it('that is entered lasts as long as what runs, and holds for what it begins', async () => {
    const a = { name: 'a' }
    const b = { name: 'b' }
    const found: unknown[] = []
    await run(
      a,
      () =>
        new Promise<void>(resolve => {
          process.nextTick(() => {
            process.nextTick(() => found.push(...current()))
            context.enterWith(b)
            storage.enterWith(b)
            found.push(...current())
            setTimeout(() => {
              found.push(...current())
              resolve()
            }, 1)
          })
          setImmediate(() => found.push(...current()))
        })
    )
    assert.deepEqual(found, [b, b, a, a, a, a, b, b])
  })

  it("stays where the application's storages are left and disabled, and they stay as they were", async () => {
    const token = { name: 'a' }
    const other = new AsyncLocalStorage<number>()
    await context.run(token, () =>
      other.run(1, async () => {
        await other.exit(async () => {
          assert.deepEqual([context.getStore(), other.getStore()], [token, undefined])
          await wait(1)
          assert.equal(context.getStore(), token)
        })
        assert.equal(other.getStore(), 1)
        other.disable()
        assert.equal(other.getStore(), undefined)
        await wait(1)
        assert.equal(context.getStore(), token)
        other.enterWith(2)
        await wait(1)
        assert.deepEqual([context.getStore(), other.getStore()], [token, 2])
      })
    )
  })

  it('is the same for whoever asks in a hook', async () => {
    const found: ReturnType<typeof current>[] = []
    let asks = false
    const ask = (): void => {
      if (asks) found.push(current())
    }
    const hook = createHook({ before: ask, after: ask }).enable()
    const token = { name: 'a' }
    await run(token, async () => {
      asks = true
      await new Promise(resolve => process.nextTick(resolve))
      await wait(1)
      asks = false
    })
    hook.disable()
    assert.ok(found.some(([own]) => own === token))
    for (const [own, theirs] of found) assert.equal(own, theirs)
  })

  it('is known in a resource that nobody can mark, and no failure comes of it', async () => {
    const token = { name: 'a' }
    const resource = new AsyncResource('frozen')
    Object.freeze(resource)
    await new Promise<void>(resolve =>
      resource.runInAsyncScope(() => {
        assert.equal(executionAsyncResource(), resource)
        context.run(token, () => {
          assert.equal(context.getStore(), token)
          setImmediate(() => {
            assert.equal(context.getStore(), token)
            resolve()
          })
        })
        assert.equal(context.getStore(), undefined)
      })
    )
  })

  it('is that of what went before, after an error that nobody caught', async () => {
    const { stdout } = await program(`
      const context = createContext(), found = []
      process.on('uncaughtException', () => found.push(context.getStore()))
      process.nextTick(() => context.run({ name: 'a' }, () => { setImmediate(() => found.push(context.getStore().name)); throw new Error('x') }))
      setTimeout(() => { found.push(context.getStore()); console.log(JSON.stringify(found)) }, 20)
    `)
    assert.equal(stdout, '[null,"a",null]\n')
  })

  it('is not that of what ran under the same number before', async () => {
    const { stdout } = await program(
      `
      const context = createContext(), found = []
      context.run({}, () => {})
      const registries = ['a', 'b'].map(name => new FinalizationRegistry(() => {
        found.push(executionAsyncId(), context.getStore() ?? null)
        context.enterWith({ name })
      }))
      for (const registry of registries) registry.register({}, 0)
      const look = () => {
        gc()
        if (found.length < 2 * registries.length) setTimeout(look, 1)
        else console.log(JSON.stringify(found))
      }
      setTimeout(look, 1)
    `,
      '--expose-gc'
    )
    assert.equal(stdout, '[0,null,0,null]\n')
  })

  it('marks nothing any more when it is disabled, whatever comes back later', async () => {
    const { stdout } = await program(`
      const context = createContext()
      const marks = () => Object.getOwnPropertySymbols(setImmediate(() => {})).length
      const before = marks()
      const late = context.run({ name: 'a' }, () => { marks(); return () => context.run({ name: 'a' }, () => 'late') })
      context.run({ name: 'b' }, () => context.disable())
      console.log(marks() - before, late(), marks() - before, context.getStore())
    `)
    assert.equal(stdout, '0 late 0 undefined\n')
  })

  it('is of its thread', async () => {
    const { stdout } = await program(`
      const context = createContext()
      context.run({ name: 'a' }, () => new (require('node:worker_threads').Worker)(
        ${'`'}const { createContext } = require(${'$'}{JSON.stringify(file)}), context = createContext()
        context.run({ name: 'b' }, () => setImmediate(() => require('node:worker_threads').parentPort.postMessage(context.getStore().name)))${'`'},
        { eval: true }
      ).on('message', name => console.log(name, context.getStore().name)))
    `)
    assert.equal(stdout, 'b a\n')
  })
})

function program(code: string, flag = ''): Promise<{ stdout: string; stderr: string }> {
  const file = JSON.stringify(require.resolve('../../lib/record/context.js'))
  const source = `const file = ${file}, { createContext } = require(file), { executionAsyncId } = require('node:async_hooks')\n${code}`
  return new Promise((resolve, reject) => {
    const child = exec(`"${process.execPath}" ${flag} -`, (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve({ stdout, stderr })
    )
    child.stdin!.end(source)
  })
}
