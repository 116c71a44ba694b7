// GraphQL: which operation of the application's a request ran (`POST /graphql query Cart`), because all of them come to one route. Of
// graphql 17 by its channels; the patch makes 16 publish what is read of them, when a call begins. Resolvers are not timed: there
// may be thousands in a request, and what they wait for is told by whoever they call.
//
// Names are the clients' own, in whatever number they please: so many are told apart, and further ones are their kind alone.

import { channel } from 'node:diagnostics_channel'
import { type Instrumentation, observeCalls, type RouteSource } from '../lib/hook/index.js'

const MAX_NAMES = 200
const MAX_LENGTH = 80
/** `Name` of the specification; graphql takes no other in a document, but what asks for one by `operationName` is any text. */
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/
const KINDS = ['query', 'mutation', 'subscription']

const executing = channel('tracing:graphql:execute:start')
const subscribing = channel('tracing:graphql:subscribe:start')

/** What graphql 17 publishes, as far as it is read. */
interface Message {
  operationName: string | undefined
  operationType: string | undefined
}

const known = new Set<string>()

export const graphql: Instrumentation = {
  name: 'graphql',
  supports: 'operations of `graphql` 16 and 17',
  routes: [executing, subscribing].map(({ name }): RouteSource => ({ channel: name, within: toldOf })),
  patches: [
    { module: 'graphql', file: 'execution/execute.js', versions: '>=16 <17', apply: patch('execute', executing) },
    { module: 'graphql', file: 'execution/subscribe.js', versions: '>=16 <17', apply: patch('subscribe', subscribing) }
  ]
}

function toldOf({ operationName: name, operationType: kind }: Message) {
  if (kind === undefined || !KINDS.includes(kind)) return undefined
  const attributes = { 'graphql.operation.type': kind }
  if (name === undefined || !isTold(name)) return { name: kind, attributes }
  return { name: `${kind} ${name}`, attributes: { ...attributes, 'graphql.operation.name': name } }
}

function isTold(name: string): boolean {
  if (known.has(name)) return true
  if (known.size >= MAX_NAMES || name.length > MAX_LENGTH || !NAME.test(name)) return false
  known.add(name)
  return true
}

interface Definition {
  kind: string
  operation: string
  name?: { value: string }
}

/** What is read of the argument of graphql 16. */
interface Call {
  document?: { definitions?: Definition[] }
  operationName?: string | null
}

function patch(name: 'execute' | 'subscribe', start: typeof executing) {
  return (exports: object): void => {
    observeCalls(exports, name, 'graphql', (_exports, [call]) => {
      if (start.hasSubscribers) start.publish(messageOf(call as Call))
    })
  }
}

/** The one that is asked for, or the only one. */
function messageOf({ document, operationName }: Call): Message {
  const operations = (document?.definitions ?? []).filter(({ kind }) => kind === 'OperationDefinition')
  const named = operations.filter(({ name }) => operationName == null || name?.value === operationName)
  const [meant] = named.length === 1 ? named : []
  return { operationName: meant?.name?.value, operationType: meant?.operation }
}
