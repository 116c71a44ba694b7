// Logs with LOGGER, from LIBRARIES, outside any request and inside one, whatever can be logged; then says whether the caller's
// objects are as they were. What each request was told of its trace is in the answer.

const { createRequire } = require('node:module')
const path = require('node:path')
const { listen } = require('./lib')
const http = require('node:http')

const from = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))

const LOGGERS = {
  pino: () => {
    const logger = from('pino')({ base: undefined, timestamp: false })
    return [logger, logger.child({ part: 'x' }), from('pino')({ base: undefined, timestamp: false, nestedKey: 'data' })]
  },
  winston: () => {
    const { createLogger, format, transports } = from('winston')
    const logger = createLogger({ format: format.json(), transports: [new transports.Console()] })
    return [logger, ...(logger.child ? [logger.child({ part: 'x' })] : [])]
  },
  bunyan: () => {
    const logger = from('bunyan').createLogger({ name: 'shop' })
    return [logger, logger.child({ part: 'x' })]
  },
  console: () => [console]
}
const loggers = LOGGERS[process.env.LOGGER]()

function logAll(title) {
  const mine = { a: 1, nested: { b: [2] } }
  const before = JSON.stringify(mine)
  for (const logger of loggers) {
    logger.info(`${title}: text`)
    if (process.env.LOGGER === 'winston') {
      logger.info(`${title}: with an object`, mine)
      const record = { level: 'info', message: `${title}: a record` }
      logger.log(record)
      console.log(`record has ${Object.keys(record)}`)
    } else if (process.env.LOGGER === 'console') {
      logger.warn(`${title}: %s and %d`, 'format', 5)
      logger.log(`${title}: GET /caf%c3%a9?off=50%done`)
      logger.warn(`${title}: %s of %d, 50%done, /caf%c3%a9, 100%%`, 'one')
      logger.log(JSON.stringify({ title, json: true }))
      logger.log('{}')
      logger.error(mine)
    } else {
      logger.info(mine, `${title}: with an object`)
      logger.warn({ trace_id: 'theirs' }, `${title}: their own`)
      logger.error(new TypeError(`${title}: an error`).message)
      logger.info({}, '')
    }
  }
  process.stdout.write(`${title} object is ${before === JSON.stringify(mine) ? 'as before' : JSON.stringify(mine)}\n`)
}

const server = http.createServer(async (_req, res) => {
  await new Promise(setImmediate)
  logAll('inside')
  res.end()
})
listen(server)
logAll('outside')
