// A service that sends to Kafka and works on what it gets, with OpenTelemetry's instrumentation and no SDK.

const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { KafkaJsInstrumentation } = require('@opentelemetry/instrumentation-kafkajs')

registerInstrumentations({ instrumentations: [new KafkaJsInstrumentation()] })

const { EventEmitter, once } = require('node:events')
const { setTimeout: delay } = require('node:timers/promises')
const { Kafka, logLevel, Partitioners } = require('kafkajs')
const startKafka = require('./kafka-broker')
const { serve } = require('./lib')

async function start() {
  const topic = 'orders'
  const broker = await startKafka({ topic })
  const kafka = new Kafka({ brokers: [`127.0.0.1:${broker.address().port}`], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.LegacyPartitioner })
  const consumer = kafka.consumer({ groupId: 'shop' })
  const done = new EventEmitter()
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      await delay(80)
      done.emit('worked', message.headers)
    }
  })
  serve(
    {
      '/order': async () => {
        const worked = once(done, 'worked')
        await producer.send({ topic, messages: [{ value: 'sesame' }] })
        return Object.keys((await worked)[0]).join()
      }
    },
    async () => {
      await consumer.disconnect()
      await producer.disconnect()
      broker.close()
    }
  )
}

start()
