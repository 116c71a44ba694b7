// Clients of other people's APIs, at a stand-in in this process: each has to be seen as one outgoing call with its host and path.

import { once } from 'node:events'
import http from 'node:http'

const CLIENTS = `import http from 'node:http'
const baseURL = process.env.API
const [apiKey, messages] = ['sesame', [{ role: 'user', content: 'sesame' }]]
const clients = {
  async openai() {
    const { default: OpenAI } = await import('openai')
    return new OpenAI({ apiKey, baseURL: baseURL + '/v1', maxRetries: 0 }).chat.completions.create({ model: 'm', messages })
  },
  async anthropic() {
    const { default: Anthropic } = await import('@anthropic-ai/sdk')
    return new Anthropic({ apiKey, baseURL, maxRetries: 0 }).messages.create({ model: 'm', max_tokens: 5, messages })
  },
  async ai() {
    const { generateText } = await import('ai')
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
    const model = createOpenAICompatible({ name: 'x', apiKey, baseURL: baseURL + '/v1' })('m')
    return (await generateText({ model, prompt: 'sesame', maxRetries: 0 })).text
  },
  async s3() {
    const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3')
    const credentials = { accessKeyId: 'k', secretAccessKey: 'sesame' }
    const client = new S3Client({ endpoint: baseURL, region: 'x', forcePathStyle: true, credentials, maxAttempts: 1 })
    return client.send(new PutObjectCommand({ Bucket: 'shop', Key: 'orders', Body: 'sesame' }))
  },
  async elasticsearch() {
    const { Client } = await import('@elastic/elasticsearch')
    return new Client({ node: baseURL, maxRetries: 0 }).search({ index: 'orders', query: { match: { name: 'sesame' } } })
  }
}
const server = http.createServer(async (req, res) => {
  try {
    res.end(JSON.stringify((await clients[req.url.slice(1)]()) ?? null))
  } catch (error) {
    res.writeHead(500).end(String(error.stack))
  }
})
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
process.once('SIGINT', () => process.exit(0))
`
const PACKAGES = {
  openai: 'openai',
  anthropic: '@anthropic-ai/sdk',
  ai: 'ai',
  s3: '@aws-sdk/client-s3',
  elasticsearch: '@elastic/elasticsearch'
}
const CHOICE = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'late' } }
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
const ANSWERS = {
  '/v1/chat/completions': {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [CHOICE],
    usage: USAGE
  },
  '/v1/messages': { id: 'x', type: 'message', role: 'assistant', model: 'm', content: [], usage: {} },
  '/orders/_search': { took: 1, timed_out: false, hits: { hits: [] } }
}

export const clients = {
  packages: [...Object.values(PACKAGES), '@ai-sdk/openai-compatible'],
  async tried(here, say) {
    here.write('server.mjs', CLIENTS)
    const api = http.createServer((request, response) => {
      request.resume()
      const { pathname } = new URL(request.url, 'http://x')
      response.setHeader('x-elastic-product', 'Elasticsearch')
      response.setHeader('content-type', 'application/json')
      setTimeout(() => response.end(ANSWERS[pathname] ? JSON.stringify(ANSWERS[pathname]) : ''), 80)
    })
    await once(api.listen(0, '127.0.0.1'), 'listening')
    const env = { API: `http://127.0.0.1:${api.address().port}` }
    try {
      const program = await here.start(['--import', 'perfagent/register', 'server.mjs'], env)
      for (const [client, name] of Object.entries(PACKAGES)) {
        const answer = await program.get(`/${client}`)
        const report = await program.report(`/${client}`)
        if (report.request.statusCode !== 200) throw new Error(`${name}: ${answer}`)
        const calls = report.operations.filter(({ kind }) => kind === 'http')
        if (calls.length !== 1) throw new Error(`${name}: ${calls.length} calls`)
        if (JSON.stringify(report).includes('sesame')) throw new Error(`${name}: a secret is in the report`)
        say(`${name}: ${calls[0].text.replace(env.API, '')}`)
      }
      await program.end()
    } finally {
      api.close()
      api.closeAllConnections()
    }
  }
}
