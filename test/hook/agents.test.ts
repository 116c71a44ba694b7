import assert from 'node:assert/strict'
import { takenFrom, type Waiting } from '../../lib/hook/agents.js'

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
