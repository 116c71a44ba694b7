// A service in TypeScript, compiled in memory by loaders: its verdict names the line that was written, not the one that runs.

const SERVER = `import http from 'node:http'

interface Answer {
  status: number
}

const answer: Answer = { status: 200 }
function burn(ms: number): number {
  let sum = 0
  for (const until = Date.now() + ms; Date.now() < until; ) sum += Math.sqrt(sum + 1)
  return sum
}
const server = http.createServer((_req, res) => {
  burn(300)
  res.statusCode = answer.status
  res.end('burnt')
})
server.listen(0, '127.0.0.1', () => console.log('listening on ' + (server.address() as { port: number }).port))
`
/** The lines of `burn` and of its caller, into which V8 may put it; in what is compiled they are others. */
const [FROM, TO] = [8, 13]
const LOADERS = { tsx: ['--import', 'tsx'], 'esbuild-register': ['--require', 'esbuild-register'] }

export const loaders = {
  packages: ['tsx', 'esbuild', 'esbuild-register'],
  async tried(here, say) {
    here.write('server.ts', SERVER)
    for (const [loader, args] of Object.entries(LOADERS)) {
      const program = await here.start(['--require', 'perfagent/register', ...args, 'server.ts'])
      // The profile of the first may have come too late.
      for (const path of ['/first', '/second', '/third']) await program.get(path)
      const { verdict } = await program.report('/third')
      await program.end()
      const line = Number(/server\.ts:(\d+)/.exec(verdict.summary)?.[1])
      if (!(line >= FROM && line <= TO)) throw new Error(`${loader}: ${verdict.summary}`)
      say(`${loader}: server.ts:${line}`)
    }
  }
}
