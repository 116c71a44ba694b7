// A service on PostgreSQL by `postgres`, the one of the folder LIBRARIES: what it does, a query in each form, and the same told
// letter by letter at /behaviour.

const { AsyncLocalStorage } = require('node:async_hooks')
const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

module.exports = function start(postgres) {
  const sql = postgres({ max: 2, onnotice() {} })
  const narrow = postgres({ max: 1, max_pipeline: 1, onnotice() {} })
  const pipelined = postgres({ max: 1, onnotice() {} })
  const context = new AsyncLocalStorage()

  const outcome = promise =>
    promise.then(
      value => ['value', value, context.getStore()],
      error => ['error', error.name, error.code, error.message, Object.keys(error).sort(), context.getStore()]
    )

  async function behaviour() {
    const seen = []
    const see = async promise => seen.push(await outcome(promise))
    const query = sql`select ${1}::int as one`
    seen.push(query.constructor.name, Object.keys(query).sort(), query.executed)
    await see(query)
    await see(query)
    await see(sql`select * from no_such_table`)
    await see(sql.unsafe('select 1 as one; select 2 as two'))
    await see(sql`select ${sql('one')} from (select 1 as one) t ${sql`where one in ${sql([1, 2])}`}`)
    await see(sql`select 1 as one`.values())
    await see(sql`select ${1}::int as one`.describe().then(({ string }) => string))
    await see(
      sql`select n from generate_series(1, 3) n`.forEach(row => {
        seen.push(row.n, context.getStore())
      })
    )
    for await (const rows of sql`select n from generate_series(1, 5) n`.cursor(2)) seen.push(rows.map(row => row.n))
    await sql`select n from generate_series(1, 3) n`.cursor(1, ([{ n }]) => seen.push(n))
    await see(sql.begin(async tx => [await tx`select 1 as one`, await tx`select 2 as two`]))
    await see(sql.begin(tx => tx`select * from no_such_table`))
    const cancelled = sql`select pg_sleep(5)`
    setTimeout(() => cancelled.cancel(), 50)
    await see(cancelled)
    await see(
      Promise.all(Array.from({ length: 5 }, (_, i) => context.run(i, () => outcome(narrow`select ${i}::int as i`))))
    )
    return seen
  }

  const hold = () => narrow.begin(tx => tx`select pg_sleep(0.3)`)

  serve(
    {
      '/promise': async () => (await sql`select pg_sleep(0.1), ${'sesame'}::text as secret`)[0].secret,
      '/opens': async () => {
        const own = postgres({ max: 1, onnotice() {} })
        const [{ secret }] = await own`select pg_sleep(0.1), 'opened' as secret`
        await own.end()
        return secret
      },
      '/pieces': async () => {
        const [{ one }] =
          await sql`select ${sql('one')}, pg_sleep(0.1) from (select 1 as one) t ${sql`where one = ${1}`}`
        return String(one)
      },
      '/unsafe': async () => (await sql.unsafe("select pg_sleep(0.1), 'sesame' as secret"))[0].secret,
      '/transaction': () =>
        sql.begin(async tx => {
          await tx`select pg_sleep(0.1)`
          return (await tx`select 'done' as word`)[0].word
        }),
      '/cursor': async () => {
        let rows = 0
        for await (const some of sql`select n, pg_sleep(0.06) from generate_series(1, 3) n`.cursor(1))
          rows += some.length
        return String(rows)
      },
      '/error': async () => {
        await sql`select pg_sleep(0.1)`
        return sql`select 'hidden' from no_such_table`.catch(error => error.code)
      },
      '/hold': () => hold().then(() => 'held'),
      '/reserve': async () => {
        const own = await narrow.reserve()
        await own`select pg_sleep(0.1)`
        await own`select pg_sleep(0.2)`
        own.release()
        return 'reserved'
      },
      // The second goes along with the first; there is room for no third.
      '/busy': () => Promise.all([0.3, 0.1].map(s => narrow`select pg_sleep(${s})`)).then(() => 'over'),
      '/next': async () => (await narrow`select 'next' as word`)[0].word,
      '/before': async () => (await pipelined`select pg_sleep(0.3), 'before' as word`)[0].word,
      '/behind': async () => (await pipelined`select 'behind' as word`)[0].word,
      '/quick': async () => (await narrow`select 'quick' as word`)[0].word,
      '/behaviour': () => context.run('of the request', behaviour)
    },
    () => Promise.all([sql.end(), narrow.end(), pipelined.end()])
  )
}

if (process.argv[1] === __filename) {
  module.exports(createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))('postgres'))
}
