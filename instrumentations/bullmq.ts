// Jobs of BullMQ 4 to 6 as requests. It publishes nothing (6.7; its telemetry is OpenTelemetry's). A worker calls the processor in
// one method of its own. What the job does with Redis is told by ioredis; so is the adding of jobs. A processor in a file of its
// own runs in another process or thread, which is not seen from here.

import { factsOfWork, type Instrumentation, requestDoor, runWork, wrapFunction } from '../lib/hook/index.js'

/** What is read of the library's own objects. */
interface Job {
  id?: string
  name: string
  queueName: string
}

/** One attempt: a job that is tried again is the same job. */
interface Attempt {
  job: Job
}

const door = requestDoor('bullmq', ({ job: { id = '', name, queueName } }: Attempt) =>
  factsOfWork({
    kind: 'job',
    name: `${queueName} ${name}`,
    attributes: {
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queueName,
      'messaging.message.id': id
    }
  })
)

export const bullmq: Instrumentation = {
  name: 'bullmq',
  supports: 'jobs of `bullmq` 4 to 6',
  requests: [door],
  patches: [{ module: 'bullmq', file: 'dist/cjs/classes/worker.js', versions: '>=4 <7', apply: patchWorker }]
}

/** `callProcessJob(job, token[, signal])` */
function patchWorker({ Worker }: { Worker: { prototype: object } }): void {
  wrapFunction(
    Worker.prototype,
    'callProcessJob',
    original =>
      function (this: unknown, ...args: unknown[]) {
        return runWork(door, { job: args[0] as Job }, original, this, args)
      }
  )
}
