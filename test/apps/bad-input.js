// Whatever comes in: odd statements, binary parameters, very many operations. DRIVER-less: PostgreSQL only.

const { Pool } = require('pg')
const perfagent = require('perfagent')
const { serve } = require('./lib')

const pool = new Pool({ max: 2 })
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

serve(
  {
    '/long-statement': async () => {
      const { rows } = await pool.query(`SELECT pg_sleep(0.1), length('${'x'.repeat(1_000_000)}') AS n`)
      return rows[0].n
    },
    '/binary': async () => {
      const bytes = Buffer.from([0, 255, 1, 254])
      const hostile = {
        toPostgres: () => '17',
        get secret() {
          throw new Error('a getter of a parameter was run')
        }
      }
      const { rows } = await pool.query('SELECT pg_sleep(0.1), $1::bytea AS bytes, $2::int AS n', [bytes, hostile])
      return `${rows[0].bytes.equals(bytes)} ${rows[0].n}`
    },
    '/unclosed': () => pool.query(`SELECT 'sesame`).catch(error => pause(100).then(() => error.code)),
    '/not-a-query': async () => {
      await pause(100)
      try {
        await pool.query(null)
      } catch (error) {
        return error.constructor.name
      }
    },
    '/many': async () => {
      for (let i = 0; i < 50_000; i++) await perfagent.operation('step', async () => i)
      return 'many'
    }
  },
  () => pool.end()
)
