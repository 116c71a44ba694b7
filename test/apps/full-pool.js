// Two pipes into which nobody writes for a while hold libuv's threads, of which UV_THREADPOOL_SIZE says that there are two.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { serve } = require('./lib')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'full-pool-'))
const pipes = ['a', 'b'].map(name => path.join(folder, name))
execFileSync('mkfifo', pipes)

serve(
  {
    '/behind': async () => {
      const reads = Promise.all(pipes.map(async pipe => (await fs.promises.open(pipe)).close()))
      setTimeout(() => {
        for (const pipe of pipes) fs.writeFileSync(pipe, 'late')
      }, 600)
      await fs.promises.stat(__filename)
      await reads
      return 'read'
    }
  },
  () => fs.rmSync(folder, { recursive: true })
)
