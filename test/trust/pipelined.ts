// A client that costs a fraction of what the service does: it writes many requests into one packet and counts the bodies.

import { once } from 'node:events'
import net from 'node:net'

const AT_ONCE = 32
/** What test/apps/load.js answers. */
const BODY = 'hello'

/** Asks for the paths that `next` gives, on one connection, until it gives none; how many were answered. */
export async function pipelined(port: number, next: () => string | undefined): Promise<number> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay(true)
  await once(socket, 'connect')
  let answered = 0
  let sent = 0
  let rest = ''
  await new Promise<void>((resolve, reject) => {
    const send = (): void => {
      let bytes = ''
      for (let i = 0; i < AT_ONCE; i++) {
        const path = next()
        if (path === undefined) break
        bytes += `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`
        sent++
      }
      if (bytes !== '') socket.write(bytes)
      else resolve(void socket.end())
    }
    socket.on('data', (text: string) => {
      const pieces = (rest + text).split(BODY)
      answered += pieces.length - 1
      rest = pieces.at(-1)!.slice(1 - BODY.length)
      if (answered === sent) send()
    })
    socket.on('error', reject)
    send()
  })
  return answered
}
