// Operations of GraphQL: /graphql runs the text of `source`, by `operationName` if there is one, in the ways in which servers do.
// LIBRARIES: the folder whose graphql is meant.

const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

module.exports = function start({ buildSchema, execute, graphql, parse, subscribe }) {
  const schema = buildSchema(
    'type Query { slow: String } type Mutation { pay: String } type Subscription { ticks: String }'
  )
  const slow = () => sleep(80).then(() => 'late')
  const rootValue = {
    slow,
    pay: slow,
    ticks: async function* () {
      await sleep(80)
      yield { ticks: 'tick' }
    }
  }
  const given = url => {
    const query = new URL(url, 'http://app').searchParams
    return { source: query.get('source'), operationName: query.get('operationName') ?? undefined }
  }
  serve({
    '/graphql': ({ url }) => graphql({ schema, rootValue, ...given(url) }),
    '/execute': ({ url }) => {
      const { source, operationName } = given(url)
      return execute({ schema, rootValue, document: parse(source), operationName })
    },
    '/batch': async () => {
      const run = source => execute({ schema, rootValue, document: parse(source) })
      return [await run('query First { slow }'), await run('query Second { slow }')]
    },
    '/subscribe': async ({ url }) => {
      for await (const { data } of await subscribe({ schema, rootValue, document: parse(given(url).source) }))
        return data
    },
    '/many': async () => {
      for (let i = 0; i < 250; i++) await execute({ schema, rootValue: {}, document: parse(`query Q${i} { slow }`) })
      return execute({ schema, rootValue, document: parse('{ slow }') })
    }
  })
}

if (process.argv[1] === __filename) {
  module.exports(createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))('graphql'))
}
