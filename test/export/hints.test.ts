// What is said where the options do not fit to what listens: against servers that are not what they were taken for.

import assert from 'node:assert/strict'
import { hintFor } from '../../lib/export/hints.js'
import type { Options } from '../../lib/options/config.js'
import { startCollector } from '../harness/grpc.js'
import { outlets } from '../harness/outlets.js'
import { sampleReport } from '../sample-report.js'

describe('a first delivery over OTLP that failed', () => {
  const { outletOf, backendThat, lines, open } = outlets()

  async function said(options: Options): Promise<string> {
    const outlet = outletOf({ metricsExporter: ['none'], logsExporter: ['none'], ...options })
    outlet.push(sampleReport())
    await outlet.flush(2000)
    return lines.join('\n')
  }
  const collector = async () => {
    const started = await startCollector()
    open.push(() => started.close())
    return started
  }

  it('by HTTP at a server of gRPC', async () => {
    const { url } = await collector()
    assert.match(await said({ otlpEndpoint: url }), /HTTP\/1\.1 is not spoken there, so set \w+_PROTOCOL=grpc/)
  })

  it('by gRPC at a server of HTTP', async () => {
    const { url } = await backendThat()
    const line = await said({ otlpEndpoint: url, otlpProtocol: 'grpc' })
    assert.match(line, /HTTP\/2 is not spoken there, so set OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf; reports wait/)
  })

  for (const otlpProtocol of ['grpc', 'http/json'] as const) {
    it(`by ${otlpProtocol} with TLS at a server without: in one line`, async () => {
      const { url } = otlpProtocol === 'grpc' ? await collector() : await backendThat()
      const { host } = new URL(url)
      const line = await said({ otlpEndpoint: `https://${host}`, otlpProtocol })
      assert.match(line, /wrong version number/)
      assert.ok(line.includes(`: no TLS is spoken there, so write the endpoint as http://${host}; reports wait`), line)
      assert.equal(line.split('\n').length, 1, line)
    })
  }

  it('at a path that is there twice', async () => {
    const { url } = await backendThat(({ path }) => ({ status: path === '/v1/traces' ? 200 : 404 }))
    const line = await said({ otlpEndpoint: `${url}/v1/traces` })
    assert.match(line, /answered 404: \/v1\/traces is appended to OTEL_EXPORTER_OTLP_ENDPOINT, so leave it out there/)
  })

  it("at a signal's own endpoint without a path", async () => {
    const { url } = await backendThat(({ path }) => ({ status: path === '/v1/traces' ? 200 : 404 }))
    assert.match(await said({ otlpTracesEndpoint: url }), /is used as it is, so end it with \/v1\/traces/)
  })

  it('is hinted at no more when one has arrived: then the options are right', async () => {
    let status = 200
    const { url } = await backendThat(() => ({ status }))
    const outlet = outletOf({ otlpTracesEndpoint: url })
    outlet.push(sampleReport({ id: 'a' }))
    await outlet.flush(5000)
    status = 404
    outlet.push(sampleReport({ id: 'b' }))
    await outlet.flush(2000)
    assert.match(lines.join('\n'), /answered 404; reports are lost/)
  })

  const hint = (reason: string, url: string, protocol: 'grpc' | 'http/json'): string | undefined =>
    hintFor({ reason, url, protocol, path: '/v1/traces' })
  const REFUSED = 'cannot be reached (connect ECONNREFUSED)'
  const ports: [what: string, hint: string | undefined, said: RegExp][] = [
    [
      'HTTP to the port of gRPC',
      hint(REFUSED, 'http://c:4317/v1/traces', 'http/json'),
      /PROTOCOL=grpc, or take port 4318/
    ],
    ['gRPC to the port of HTTP', hint(REFUSED, 'http://c:4318', 'grpc'), /PROTOCOL=http\/protobuf, or take port 4317/],
    ['HTTP to its own', hint(REFUSED, 'http://c:4318/v1/traces', 'http/json'), /^$/],
    ['gRPC to its own', hint(REFUSED, 'http://c:4317', 'grpc'), /^$/],
    [
      'a name that nobody knows',
      hint('cannot be reached (getaddrinfo ENOTFOUND c)', 'http://c:4317', 'http/json'),
      /^$/
    ],
    [
      'a path that is there twice',
      hint('answered 404', 'http://c:4318/v1/traces/v1/traces', 'http/json'),
      /^\/v1\/traces is appended/
    ],
    ['a server that has no such path', hint('answered 404', 'http://c:80/v1/traces', 'http/json'), /^$/],
    ['a certificate', hint('cannot be reached (self-signed certificate)', 'https://c', 'grpc'), /_CERTIFICATE names/]
  ]
  for (const [what, text = '', expected] of ports) it(`because of ${what}`, () => assert.match(text, expected))
})
