// Addresses: a free port on the loopback interface, and what the environment names.

import { once } from 'node:events'
import net from 'node:net'

const CONNECT_WITHIN_MS = 3000

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** The service that the environment names and that answers there, or undefined when it names none. */
export async function named(service, env) {
  const found = service.named(env)
  if (!found) return undefined
  const { host, port, socket } = found
  const text = socket ?? `${host}:${port}`
  const connection = socket ? net.connect(socket) : net.connect(port, host)
  connection.setTimeout(CONNECT_WITHIN_MS, () => connection.destroy(new Error('no answer')))
  try {
    await once(connection, 'connect')
  } catch (error) {
    throw new Error(
      `${service.title} at ${text}, named by ${service.variable}, cannot be reached: ${error.code ?? error.message}`
    )
  } finally {
    connection.destroy()
  }
  return { env: found.env, title: service.title, text: `at ${text}, named by ${service.variable}` }
}

/** Host and port of a URL variable; the value itself may hold a password and is not repeated. */
export function fromUrl(variable, value, protocols, port) {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !protocols.includes(url.protocol) || url.hostname === '')
    throw new Error(
      `${variable} is set, but not to a URL that begins with ${protocols.map(p => `${p}//`).join(' or ')}`
    )
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || port), env: { [variable]: value } }
}

export function toPort(variable, value) {
  const port = Number(value)
  if (Number.isInteger(port) && port > 0 && port < 65536) return port
  throw new Error(`${variable} is "${value}", but has to be a port number`)
}
