// A server that speaks as much of MongoDB's wire protocol (OP_MSG, and OP_QUERY for the first hello) as a driver needs to find and insert, in this process. A `find`
// takes as many milliseconds as its filter says. For tests: Debian has no MongoDB.

const net = require('node:net')

const HEADER_BYTES = 16
const OP_MSG = 2013
const OP_QUERY = 2004
const OP_REPLY = 1

module.exports = function startMongo({ BSON }) {
  const hello = () => ({
    ok: 1,
    helloOk: true,
    isWritablePrimary: true,
    minWireVersion: 0,
    maxWireVersion: 21,
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    connectionId: 1,
    logicalSessionTimeoutMinutes: 30
  })

  const answers = {
    hello,
    ismaster: hello,
    find: ({ find, $db }) => ({
      ok: 1,
      cursor: { id: BSON.Long.ZERO, ns: `${$db}.${find}`, firstBatch: [{ name: 'sesame' }] }
    }),
    insert: () => ({ ok: 1, n: 1 }),
    drop: () => ({ ok: 0, code: 26, codeName: 'NamespaceNotFound', errmsg: 'ns not found' }),
    endSessions: () => ({ ok: 1 })
  }

  const answer = command =>
    (answers[Object.keys(command)[0]] ?? (() => ({ ok: 0, code: 59, errmsg: 'no such command' })))(command)

  function reply(socket, request, document) {
    const id = request.readInt32LE(4)
    const isQuery = request.readInt32LE(12) === OP_QUERY
    const body = BSON.serialize(document)
    const head = Buffer.alloc(HEADER_BYTES + (isQuery ? 20 : 5))
    const fields = [head.length + body.length, id, id, isQuery ? OP_REPLY : OP_MSG]
    for (const [at, value] of fields.entries()) head.writeInt32LE(value, at * 4)
    if (isQuery) head.writeInt32LE(1, HEADER_BYTES + 16)
    if (socket.writable) socket.write(Buffer.concat([head, body]))
  }

  function commandOf(request) {
    const isQuery = request.readInt32LE(12) === OP_QUERY
    const from = isQuery ? request.indexOf(0, HEADER_BYTES + 4) + 9 : HEADER_BYTES + 5
    return BSON.deserialize(request.subarray(from, from + request.readInt32LE(from)))
  }

  const server = net.createServer(socket => {
    let waiting = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', data => {
      waiting = Buffer.concat([waiting, data])
      while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
        const message = waiting.subarray(0, waiting.readInt32LE(0))
        waiting = waiting.subarray(message.length)
        const command = commandOf(message)
        setTimeout(reply, command.filter?.ms ?? 0, socket, message, answer(command))
      }
    })
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}
