// What was usual, over deployments: the table of its rules, its file, and a service that is deployed twice.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openMemory } from '../../lib/memory/file.js'
import { begin, learn, merge, nothingKnown, parse, type Usual } from '../../lib/memory/usual.js'
import type { Cause } from '../../lib/types.js'
import { runApp } from '../harness/app.js'

type Step = { deploy: string } | { route: string; cause: Cause; news: [since: string, ...usual: Cause[]] | null }

describe('what was usual', () => {
  const orders = (cause: Cause, news: [string, ...Cause[]] | null): Step => ({ route: 'GET /orders', cause, news })
  const STORIES: Record<string, Step[]> = {
    'the first deployment has no news': [{ deploy: '1' }, orders('gc', null), orders('cpu.own', null)],
    'a cause that was there before is none': [{ deploy: '1' }, orders('gc', null), { deploy: '2' }, orders('gc', null)],
    'a cause that was not is, until the next deployment': [
      { deploy: '1' },
      orders('gc', null),
      { deploy: '2' },
      orders('cpu.own', ['1', 'gc']),
      orders('cpu.own', ['1', 'gc']),
      { deploy: '3' },
      orders('cpu.own', null)
    ],
    'a route that was never slow before is': [
      { deploy: '1' },
      orders('gc', null),
      { deploy: '2' },
      { route: 'GET /new', cause: 'gc', news: ['1'] }
    ],
    'after going back to an older version, what the newer brought is no news': [
      { deploy: '1' },
      orders('gc', null),
      { deploy: '2' },
      orders('cpu.own', ['1', 'gc']),
      { deploy: '1' },
      orders('cpu.own', null),
      orders('db.slow_query', ['2', 'gc', 'cpu.own'])
    ],
    'a restart of the same version changes nothing': [
      { deploy: '1' },
      orders('gc', null),
      { deploy: '1' },
      orders('cpu.own', null)
    ],
    'names of objects are names': [
      { deploy: '1' },
      { route: '__proto__', cause: 'gc', news: null },
      { deploy: '2' },
      { route: 'constructor', cause: 'gc', news: ['1'] },
      { route: '__proto__', cause: 'gc', news: null }
    ]
  }
  for (const [title, steps] of Object.entries(STORIES)) {
    it(title, () => {
      let usual = nothingKnown()
      for (const step of steps) {
        if ('deploy' in step) usual = begin(parse(JSON.stringify(usual))!, step.deploy)
        else {
          const [since, ...causes] = step.news ?? []
          assert.deepEqual(learn(usual, step.route, step.cause), since === undefined ? null : { since, usual: causes })
        }
      }
    })
  }

  it('is bounded', () => {
    const usual = begin(nothingKnown(), '1')
    for (let i = 0; i < 5000; i++) learn(usual, `GET /${i}`, 'gc')
    assert.equal(Object.keys(usual.routes).length, 1000)
    assert.equal(Object.keys(merge(usual, { ...usual, routes: { 'GET /x': { gc: 1 } } }).routes).length, 1000)
  })

  it('of two processes the earliest counts', () => {
    const of = (routes: Usual['routes']): Usual => ({ format: 1, deployment: 3, version: '3', before: '2', routes })
    const { routes } = merge(of({ a: { gc: 3 }, b: { gc: 3 } }), of({ a: { gc: 1, unknown: 2 }, c: { gc: 3 } }))
    assert.deepEqual(routes, { a: { gc: 1, unknown: 2 }, b: { gc: 3 }, c: { gc: 3 } })
  })

  describe('in a file', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'memory-test-'))
    const file = path.join(folder, 'sub/usual.json')
    after(() => rmSync(folder, { recursive: true }))
    const complaints: string[] = []
    const open = (version: string, at = file) => openMemory(at, version, text => complaints.push(text))

    it('outlives the process, for its owner alone', () => {
      const first = open('1')
      first.learn('GET /', 'gc')
      first.save()
      assert.deepEqual(open('2').learn('GET /', 'cpu.own'), { since: '1', usual: ['gc'] })
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.deepEqual(readdirSync(path.dirname(file)), ['usual.json'])
    })

    it('has what each process of a service has learnt, whoever writes last', () => {
      const shared = path.join(folder, 'shared.json')
      const processes = ['GET /a', 'GET /b'].map(route => ({ route, memory: open('1', shared) }))
      for (const { memory, route } of processes) memory.learn(route, 'gc')
      for (const { memory } of processes) memory.save()
      const next = open('2', shared)
      for (const { route } of processes) assert.equal(next.learn(route, 'gc'), null, route)
      assert.deepEqual(next.learn('GET /c', 'gc'), { since: '1', usual: [] })
    })

    it('is that of the newest deployment, though one of the last still writes', () => {
      const shared = path.join(folder, 'rolling.json')
      const last = open('1', shared)
      const newest = open('2', shared)
      assert.deepEqual(newest.learn('GET /a', 'gc'), { since: '1', usual: [] })
      newest.save()
      last.learn('GET /b', 'gc')
      last.save()
      const next = open('3', shared)
      assert.equal(next.learn('GET /a', 'gc'), null)
      assert.equal(next.learn('GET /b', 'gc'), null)
      assert.deepEqual(next.learn('GET /c', 'gc'), { since: '2', usual: [] })
    })

    it('is written also while a process of the same number writes it, as in another container', () => {
      const shared = path.join(folder, 'containers.json')
      mkdirSync(`${shared}.${process.pid}`)
      open('1', shared).save()
      assert.ok(parse(readFileSync(shared, 'utf8')))
    })

    it('leaves nothing beside where its place is taken', () => {
      const taken = path.join(folder, 'taken', 'usual.json')
      const memory = openMemory(taken, '1', () => {})
      rmSync(taken, { force: true })
      mkdirSync(taken, { recursive: true })
      memory.learn('GET /a', 'gc')
      memory.save()
      assert.deepEqual(readdirSync(path.dirname(taken)), ['usual.json'])
    })

    for (const text of [
      '',
      'null',
      '[]',
      '{"format":1}',
      '{"format":2}',
      '{"format":1,"routes":{"a":null}}',
      '{'.repeat(9999)
    ]) {
      it(`${JSON.stringify(text.slice(0, 40))} is no memory`, () => {
        writeFileSync(file, text)
        assert.equal(open('2').learn('GET /', 'gc'), null)
        assert.ok(parse(readFileSync(file, 'utf8')))
      })
    }

    it('is written where a link leads to, also before it is there', () => {
      const links = path.join(folder, 'links')
      mkdirSync(path.join(links, 'volume'), { recursive: true })
      const link = path.join(links, 'usual.json')
      symlinkSync('volume/usual.json', link)
      for (const version of ['1', '2']) open(version, link).save()
      assert.ok(lstatSync(link).isSymbolicLink())
      assert.equal(parse(readFileSync(path.join(links, 'volume/usual.json'), 'utf8'))?.version, '2')
    })

    it('what is no file stays what it is', async () => {
      const socket = path.join(folder, 'socket')
      const server = net.createServer().listen(socket)
      await once(server, 'listening')
      const said: string[] = []
      const memory = openMemory(socket, '1', text => said.push(text))
      memory.learn('GET /', 'gc')
      memory.save()
      assert.ok(lstatSync(socket).isSocket())
      assert.deepEqual(said, [`cannot remember what was usual: ${socket} is no regular file`])
      server.close()
    })

    it('a file that is too large to be one stays what it is', () => {
      const large = path.join(folder, 'large')
      writeFileSync(large, '')
      truncateSync(large, 20 * 1024 * 1024)
      const said: string[] = []
      openMemory(large, '1', text => said.push(text)).save()
      assert.equal(statSync(large).size, 20 * 1024 * 1024)
      assert.equal(said.length, 1)
    })

    it('one that cannot be written is said once, and nothing else is lost', () => {
      const memory = open('1', path.join(file, 'below-a-file'))
      for (let i = 0; i < 3; i++) {
        memory.learn('GET /', 'gc')
        memory.save()
      }
      assert.equal(complaints.length, 1)
      assert.match(complaints[0]!, /^cannot remember what was usual: /)
    })

    it('without a version nothing is written', () => {
      const none = path.join(folder, 'none.json')
      open('', none).save()
      assert.ok(!existsSync(none))
    })
  })

  it('a service that is deployed again tells what is new', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'memory-test-'))
    const deploy = (version: string) =>
      runApp('reasons.js', {
        env: { PERFAGENT_MEMORY_FILE: path.join(folder, 'usual.json'), PERFAGENT_SERVICE_VERSION: version }
      })
    const first = await deploy('1.4.1')
    await first.get('/innocent')
    assert.equal((await first.report()).news, null)
    await first.stop()

    const second = await deploy('1.4.2')
    await second.get('/own')
    const { news } = await second.report(({ request }) => request.route === '/own')
    assert.deepEqual(news, { since: '1.4.1', usual: [] })
    await second.stop()
    rmSync(folder, { recursive: true })
  })
})
