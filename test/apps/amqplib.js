// A service that sends to RabbitMQ and works on what it gets, with OpenTelemetry's instrumentation and no SDK. Preloaded by
// perfagent alone: `registerInstrumentations` is all.

const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { AmqplibInstrumentation } = require('@opentelemetry/instrumentation-amqplib')

registerInstrumentations({ instrumentations: [new AmqplibInstrumentation()] })

const { once } = require('node:events')
const { setTimeout: delay } = require('node:timers/promises')
const amqp = require('amqplib')
const { serve } = require('./lib')

const queue = `orders-${process.pid}`

async function start() {
  const connection = await amqp.connect(process.env.AMQP_URL)
  const [sends, works] = [await connection.createConfirmChannel(), await connection.createChannel()]
  await works.assertQueue(queue, { exclusive: true })
  const done = new (require('node:events'))()
  await works.consume(queue, async message => {
    await delay(80)
    works.ack(message)
    done.emit('worked', message.properties.headers)
  })
  serve(
    {
      '/order': async () => {
        const worked = once(done, 'worked')
        await new Promise((resolve, reject) => {
          const content = Buffer.from('sesame')
          sends.sendToQueue(queue, content, {}, error => (error ? reject(error) : resolve()))
        })
        return Object.keys((await worked)[0]).join()
      }
    },
    () => connection.close()
  )
}

start()
