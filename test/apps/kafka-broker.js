// A broker that speaks as much of Kafka's protocol as kafkajs needs to send to one topic and to read it as a group of one, in
// this process: one version of each call, record batches kept as the bytes that came. A message is confirmed 60 ms late. For
// tests: Debian has no Kafka.

const net = require('node:net')

const VERSIONS = { 0: 3, 1: 4, 2: 1, 3: 1, 8: 2, 9: 1, 10: 0, 11: 0, 12: 0, 13: 0, 14: 0, 18: 0 }
const CONFIRMS_AFTER_MS = 60
const LOOKS_AGAIN_AFTER_MS = 20
const FETCH_V4_HEAD_BYTES = 17

const i8 = value => Buffer.from([value])
const i16 = value => Buffer.from([value >> 8, value & 255])
const i32 = value => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const i64 = value => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
const str = text => Buffer.concat([i16(Buffer.byteLength(text)), Buffer.from(text)])
const bytes = buffer => Buffer.concat([i32(buffer.length), buffer])
const list = items => Buffer.concat([i32(items.length), ...items])
const all = (...parts) => Buffer.concat(parts)
const OK = i16(0)

function reader(buffer) {
  let at = 0
  const take = count => {
    at += count
    return buffer.subarray(at - count, at)
  }
  const number16 = () => take(2).readInt16BE()
  const number32 = () => take(4).readInt32BE()
  return {
    skip: take,
    i16: number16,
    i32: number32,
    i64: () => Number(take(8).readBigInt64BE()),
    str: () => take(Math.max(0, number16())).toString(),
    bytes: () => take(Math.max(0, number32())),
    /** Of as many as are told. */
    list: item => Array.from({ length: number32() }, item)
  }
}

module.exports = function startKafka({ topic }) {
  const batches = []
  let committed = -1
  const inTopic = partition => list([all(str(topic), list([all(i32(0), partition)]))])
  const place = () => all(str('127.0.0.1'), i32(server.address().port))
  /** From this offset on: the first eight bytes of a batch are where it lies. */
  const recordsFrom = offset =>
    Buffer.concat(batches.slice(offset).map((batch, i) => all(i64(offset + i), batch.subarray(8))))
  const partitionOf = request => {
    request.i32()
    request.str()
    request.i32()
    return request.i32()
  }

  const calls = {
    18: () => all(OK, list(Object.entries(VERSIONS).map(([key, only]) => all(i16(+key), i16(only), i16(only))))),
    3: () =>
      all(
        list([all(i32(1), place(), i16(-1))]),
        i32(1),
        list([all(OK, str(topic), i8(0), list([all(OK, i32(0), i32(1), list([i32(1)]), list([i32(1)]))]))])
      ),
    async 0(request) {
      request.str()
      request.skip(6)
      partitionOf(request)
      batches.push(Buffer.from(request.bytes()))
      await new Promise(resolve => setTimeout(resolve, CONFIRMS_AFTER_MS))
      return all(inTopic(all(OK, i64(batches.length - 1), i64(-1))), i32(0))
    },
    async 1(request) {
      request.skip(FETCH_V4_HEAD_BYTES)
      partitionOf(request)
      const offset = request.i64()
      if (batches.length <= offset) await new Promise(resolve => setTimeout(resolve, LOOKS_AGAIN_AFTER_MS))
      const end = i64(batches.length)
      return all(i32(0), inTopic(all(OK, end, end, i32(-1), bytes(recordsFrom(offset)))))
    },
    2: () => inTopic(all(OK, i64(-1), i64(0))),
    10: () => all(OK, i32(1), place()),
    11(request) {
      request.str()
      request.i32()
      const member = request.str() || 'member-1'
      request.str()
      const [[protocol, metadata]] = request.list(() => [request.str(), request.bytes()])
      return all(OK, i32(1), str(protocol), str(member), str(member), list([all(str(member), bytes(metadata))]))
    },
    14(request) {
      request.str()
      request.i32()
      request.str()
      const [assignment] = request.list(() => [request.str(), request.bytes()][1])
      return all(OK, bytes(assignment))
    },
    12: () => OK,
    13: () => OK,
    9: () => inTopic(all(i64(committed), str(''), OK)),
    8(request) {
      request.str()
      request.i32()
      request.str()
      request.i64()
      partitionOf(request)
      committed = request.i64()
      return inTopic(OK)
    }
  }

  async function answer(socket, frame) {
    const request = reader(frame)
    const [call, , correlation] = [request.i16(), request.i16(), request.i32()]
    request.str()
    const body = await calls[call](request)
    if (socket.writable) socket.write(bytes(all(i32(correlation), body)))
  }

  const server = net.createServer(socket => {
    let waiting = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      waiting = Buffer.concat([waiting, chunk])
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE()) {
        const end = 4 + waiting.readInt32BE()
        answer(socket, waiting.subarray(4, end))
        waiting = waiting.subarray(end)
      }
    })
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}
