import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { addRequest, takenFrom, WAITING, type Waiting } from '../../lib/hook/agents.js'

const [first, second, third, call] = [{ socket: {} }, { socket: {} }, { socket: {} }, { socket: null }]
const on = (...calls: object[]) => calls.map(_httpMessage => ({ _httpMessage }))

const taken = (agent: Partial<Waiting['agent']>) => {
  const whole = { maxSockets: 2, maxTotalSockets: 4, totalSocketCount: 4, freeSockets: {}, requests: {}, ...agent }
  const { busy, ...rest } = takenFrom({ agent: whole, name: 'here', request: call } as Waiting)
  return { ...rest, calls: [...busy] }
}

describe('who has the sockets of an agent', () => {
  it('are the calls to the same peer, where the limit is that of a peer', () => {
    const requests = { here: [{}, {}, call, {}], there: [{}] }
    const sockets = { here: on(first, second), there: on(third) }
    assert.deepEqual(taken({ sockets, requests }), { size: 2, inUse: 2, waiting: 2, calls: [first, second] })
  })

  it('are those to all peers, where the limit is that of all, and some may be idle', () => {
    const sockets = { here: on(first), there: on(second) }
    const freeSockets = { there: [{}, {}] }
    const expected = { size: 4, inUse: 2, free: 2, waiting: 0, calls: [first, second] }
    assert.deepEqual(taken({ sockets, freeSockets, requests: { here: [call] } }), expected)
  })

  it('is nobody known of a socket that is made for none', () => {
    assert.deepEqual(taken({ sockets: { here: [...on(first), {}] } }).calls, [first, {}])
  })
})

describe('a call that waits for a socket', () => {
  const told: string[] = []
  const hear = (message: unknown): unknown => told.push((message as Waiting).name)
  before(() => subscribe(WAITING, hear))
  after(() => unsubscribe(WAITING, hear))

  it('is found without a look at the rows of all other hosts', async () => {
    const request = { socket: null, [Symbol('requestOptions')]: { host: 'here' } }
    const rows: Record<string, object[]> = { here: [{}, request], there: [{}] }
    const requests = new Proxy(rows, { ownKeys: () => assert.fail('all rows were listed') })
    const agent = { maxSockets: 1, maxTotalSockets: 9, requests, getName: ({ host }: { host: string }) => host }
    addRequest(() => {}, agent, [request])
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(told, ['here'])
  })
})
