// Options from code and environment: who wins, what is read of a value, and what is said of garbage.

import assert from 'node:assert/strict'
import path from 'node:path'
import fc from 'fast-check'
import {
  type Environment,
  OPTIONS,
  type OptionName,
  type Options,
  printValue,
  readConfig,
  startLine,
  toMarkdown
} from '../lib/options/config.js'
import type { Row } from '../lib/options/table.js'
import { runApp } from './harness/app.js'

const NAMES = Object.keys(OPTIONS) as OptionName[]
const read = (env: Environment, code?: Options) => readConfig({ env, ...(code && { code }) })
const row = (name: OptionName): Row<unknown> => OPTIONS[name] as Row<unknown>

describe('config', () => {
  it('with nothing set everything is at its default, and nothing is said', () => {
    const { config, sources, warnings } = read({})
    for (const name of NAMES) {
      assert.deepEqual(config[name], OPTIONS[name].default)
      assert.equal(sources[name], 'default')
    }
    assert.deepEqual(warnings, [])
  })

  const PRECEDENCE: [
    what: string,
    env: Environment,
    code: Options,
    name: OptionName,
    value: unknown,
    source: string
  ][] = [
    [
      'code wins over all',
      { PERFAGENT_SERVICE_NAME: 'b', OTEL_SERVICE_NAME: 'c' },
      { serviceName: 'a' },
      'serviceName',
      'a',
      'code'
    ],
    [
      'ours wins over the standard one',
      { PERFAGENT_SERVICE_NAME: 'b', OTEL_SERVICE_NAME: 'c' },
      {},
      'serviceName',
      'b',
      'PERFAGENT_SERVICE_NAME'
    ],
    ['the standard one wins over the default', { OTEL_SERVICE_NAME: 'c' }, {}, 'serviceName', 'c', 'OTEL_SERVICE_NAME'],
    [
      'the name wins over the attribute',
      { OTEL_SERVICE_NAME: 'c', OTEL_RESOURCE_ATTRIBUTES: 'service.name=d' },
      {},
      'serviceName',
      'c',
      'OTEL_SERVICE_NAME'
    ],
    [
      'the attribute wins over the default',
      { OTEL_RESOURCE_ATTRIBUTES: 'a=b, service.name=the%20shop ' },
      {},
      'serviceName',
      'the shop',
      'OTEL_RESOURCE_ATTRIBUTES'
    ],
    [
      'attributes without a name are none',
      { OTEL_RESOURCE_ATTRIBUTES: 'a=b,service.name=' },
      {},
      'serviceName',
      '',
      'default'
    ],
    [
      'empty is unset',
      { PERFAGENT_SERVICE_NAME: '', OTEL_SERVICE_NAME: 'c' },
      {},
      'serviceName',
      'c',
      'OTEL_SERVICE_NAME'
    ],
    ['blank is unset', { PERFAGENT_SLOW_MS: ' \t\n' }, {}, 'slowMs', 500, 'default'],
    [
      'undefined in code is unset',
      { PERFAGENT_SLOW_MS: '7' },
      { slowMs: undefined as never },
      'slowMs',
      7,
      'PERFAGENT_SLOW_MS'
    ],
    ['the SDK switch', { OTEL_SDK_DISABLED: 'TRUE' }, {}, 'enabled', false, 'OTEL_SDK_DISABLED'],
    ['the SDK switch, off', { OTEL_SDK_DISABLED: 'false' }, {}, 'enabled', true, 'default'],
    [
      'ours wins over the SDK switch',
      { OTEL_SDK_DISABLED: 'true', PERFAGENT_ENABLED: '1' },
      {},
      'enabled',
      true,
      'PERFAGENT_ENABLED'
    ],
    ['code wins over the SDK switch', { OTEL_SDK_DISABLED: 'true' }, { enabled: true }, 'enabled', true, 'code']
  ]
  describe('precedence', () => {
    for (const [what, env, code, name, value, source] of PRECEDENCE) {
      it(what, () => {
        const { config, sources, warnings } = read(env, code)
        assert.deepEqual([config[name], sources[name], warnings], [value, source, []])
      })
    }

    it('what ours says badly the standard one may say well', () => {
      const { config, sources, warnings } = read({
        PERFAGENT_OTLP_PROTOCOL: 'x',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json'
      })
      assert.deepEqual([config.otlpProtocol, sources.otlpProtocol], ['http/json', 'OTEL_EXPORTER_OTLP_PROTOCOL'])
      assert.equal(warnings.length, 1)
    })
  })

  const VALUES: [variable: string, given: string, name: OptionName, value: unknown][] = [
    ['PERFAGENT_SLOW_MS', ' 500 ', 'slowMs', 500],
    ['PERFAGENT_SLOW_MS', '0250', 'slowMs', 250],
    ['PERFAGENT_SLOW_MS', '1.5', 'slowMs', 1.5],
    ['PERFAGENT_SLOW_MS', 'AUTO', 'slowMs', 'auto'],
    [
      'PERFAGENT_SLOW_ROUTES',
      'post /pay=200, GET  /export = 5000,',
      'slowRoutes',
      { 'POST /pay': 200, 'GET /export': 5000 }
    ],
    ['PERFAGENT_PROFILE', 'False', 'profile', false],
    ['PERFAGENT_PROFILE', '0', 'profile', false],
    ['PERFAGENT_DISABLE', ' mysql ,, redis', 'disable', ['mysql', 'redis']],
    ['PERFAGENT_EXPORT', 'OTLP, file', 'export', ['otlp', 'file']],
    ['PERFAGENT_SQL_TEXT', 'OFF', 'sqlText', 'off'],
    ['PERFAGENT_EXIT_MS', '0', 'exitMs', 0],
    ['PERFAGENT_FILE', '/tmp/a b', 'file', '/tmp/a b'],
    ['PERFAGENT_HTTP_ENDPOINT', 'http://[::1]:80/x?y=z', 'httpEndpoint', 'http://[::1]:80/x?y=z'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'HTTPS://otlp.example/base', 'otlpEndpoint', 'HTTPS://otlp.example/base'],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      'authorization=Basic%20eA==,b=1%2C2',
      'otlpHeaders',
      { authorization: 'Basic eA==', b: '1,2' }
    ],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      '__proto__=x,constructor=y',
      'otlpHeaders',
      JSON.parse('{"__proto__":"x","constructor":"y"}')
    ],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a%2Cb%3D=c%3Dd,e=%20f', 'resourceAttributes', { 'a,b=': 'c=d', e: ' f' }],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a%2Cb=c', 'otlpHeaders', { 'a%2Cb': 'c' }],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '2000', 'otlpTimeoutMs', 2000],
    ['OTEL_LOG_LEVEL', 'DEBUG', 'logLevel', 'debug']
  ]
  describe('values', () => {
    for (const [variable, given, name, value] of VALUES) {
      it(`${variable}=${given}`, () => {
        // Headers have no effect without it, which is said.
        const { config, warnings } = read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example', [variable]: given })
        // By entries: what is read from outside has no prototype.
        const plain = (it: unknown) => (typeof it === 'object' ? Object.entries(it as object) : it)
        assert.deepEqual(plain(config[name]), plain(value))
        assert.deepEqual(warnings, [])
      })
    }

    it('an attribute of the resource that was given wins over what the environment lets guess', () => {
      const given = 'deployment.environment.name=canary,k8s.pod.name=mine'
      const env = { NODE_ENV: 'production', KUBERNETES_SERVICE_HOST: 'k', HOSTNAME: 'host', NODE_NAME: 'node-1' }
      const { resourceAttributes } = read({ ...env, OTEL_RESOURCE_ATTRIBUTES: given }).config
      assert.deepEqual(
        { ...resourceAttributes },
        { 'deployment.environment.name': 'canary', 'k8s.pod.name': 'mine', 'k8s.node.name': 'node-1' }
      )
    })

    it('pairs from outside have no prototype and give nothing one', () => {
      const { config } = read({ PERFAGENT_OTLP_HEADERS: '__proto__=x', PERFAGENT_SLOW_ROUTES: 'GET __proto__=5' })
      assert.equal(Object.getPrototypeOf(config.otlpHeaders), null)
      assert.equal(Object.getPrototypeOf(config.slowRoutes), null)
      assert.equal(({} as Record<string, unknown>)['x'], undefined)
    })
  })

  /** Variable, value, what is shown of the value (when not all of it), the expectation. */
  const GARBAGE: [variable: string, given: string, expected: RegExp, shown?: string][] = [
    ...['yes', 'on', '2', 'tru', '{}', 'truefalse'].map(garbage('PERFAGENT_ENABLED', /true or false/)),
    ...['maybe', '-0'].map(garbage('PERFAGENT_PROFILE', /true or false/)),
    ...[
      'abc',
      '-1',
      'NaN',
      '1e3',
      '0',
      '0.5',
      '0x10',
      '5oo',
      '500ms',
      '1_000',
      '1,000',
      'Infinity',
      '٥٠٠',
      '--auto',
      '9'.repeat(60)
    ].map(garbage('PERFAGENT_SLOW_MS', /a number of milliseconds, at least 1, or auto/)),
    ...[
      '/pay=200',
      'POST:/pay=200',
      'GET=5',
      'GET /x',
      '=5',
      'GET /x=',
      'GET /x=fast',
      'GET /x=0',
      'GET /x=-5',
      'GET /x=5,POST /y',
      'GET /x=5, =5'
    ].map(garbage('PERFAGENT_SLOW_ROUTES', /a list like POST \/pay=200/)),
    ...['0', '10001', 'many'].map(garbage('PERFAGENT_MAX_REPORTS_PER_MINUTE', /at least 1 and at most 10000/)),
    ...['9', '100001', '🦊'].map(garbage('PERFAGENT_MAX_OPERATIONS', /at least 10 and at most 100000/)),
    ...['0', '1001', '10ms'].map(garbage('PERFAGENT_PROFILE_INTERVAL_MS', /milliseconds, at least 1 and at most 1000/)),
    ...['raw', 'on', 'masked,off'].map(garbage('PERFAGENT_SQL_TEXT', /masked or off/)),
    ...[
      'grpc://host:4317',
      'host',
      '/path',
      'http://',
      'http://host:99999',
      'file:///etc/passwd',
      'javascript:alert(1)'
    ].map(garbage('OTEL_EXPORTER_OTLP_ENDPOINT', /an http:\/\/ or https:\/\/ URL/)),
    ...['http//host', 'http:/host', 'http:host', '::'].map(
      garbage('PERFAGENT_HTTP_ENDPOINT', /an http:\/\/ or https:\/\/ URL/)
    ),
    ['PERFAGENT_HTTP_ENDPOINT', 'ftp://me:sesame@host/x', /URL/, 'ftp://***@host/x'],
    ['PERFAGENT_HTTP_ENDPOINT', 'http:/ /me:se/s@me@host', /URL/, 'http:/***@host'],
    ['PERFAGENT_HTTP_ENDPOINT', 'me:sesame@host', /URL/, '***@host'],
    ['PERFAGENT_HTTP_ENDPOINT', `me:${'sesame'.repeat(50)}@host`, /URL/, '***@host'],
    ['PERFAGENT_HTTP_ENDPOINT', 'host/x?key=sesame&other=sesame', /URL/, 'host/x?key=***&other=***'],
    ['PERFAGENT_OTLP_TRACES_ENDPOINT', 'a\nb\x1b[31mc\x7f\x9b\u2028d', /URL/, 'a\\x0ab\\x1b[31mc\\x7f\\x9b\\x2028d'],
    ['PERFAGENT_OTLP_LOGS_ENDPOINT', 'x'.repeat(5000), /URL/, `${'x'.repeat(100)}…`],
    ...[
      'sesame',
      '=sesame',
      'a=%zzsesame',
      'a=%',
      'bad name=sesame',
      'a=x%0aevil:sesame',
      'ä=sesame',
      'a=🦊sesame'
    ].map((given): (typeof GARBAGE)[number] => [
      'OTEL_EXPORTER_OTLP_HEADERS',
      given,
      /a list of headers as name=value/,
      '***'
    ]),
    ...['otpl', 'otlp http', 'none,console'].map(
      garbage('PERFAGENT_EXPORT', /a list of otlp, http, file, stdout, none/)
    ),
    ...['http', 'protobuf', 'http/xml'].map(
      garbage('OTEL_EXPORTER_OTLP_PROTOCOL', /one of http\/protobuf, http\/json, grpc/)
    ),
    ...['zip', 'br', 'true'].map(garbage('OTEL_EXPORTER_OTLP_COMPRESSION', /none or gzip/)),
    ...['0', '10s', '600001'].map(garbage('OTEL_EXPORTER_OTLP_TIMEOUT', /at least 1 and at most 600000/)),
    ...['1kB', '9999', '50MB'].map(garbage('PERFAGENT_FILE_MAX_BYTES', /a number of bytes, at least 10000/)),
    ...['0', '16MiB'].map(garbage('PERFAGENT_QUEUE_MAX_BYTES', /a number of bytes, at least 100000/)),
    ...['-1', '10001', 'never'].map(garbage('PERFAGENT_EXIT_MS', /at least 0 and at most 10000/)),
    ...['loud', 'warning', '3'].map(garbage('PERFAGENT_LOG_LEVEL', /one of none, error, warn, info, debug/)),
    ...['1', 'yes'].map(garbage('OTEL_SDK_DISABLED', /true or false/)),
    ...['service.name', 'service.name=%', 'a=b, =c', 'a%=b'].map(
      garbage('OTEL_RESOURCE_ATTRIBUTES', /a list of name=value/)
    )
  ]
  function garbage(variable: string, expected: RegExp): (given: string) => [string, string, RegExp] {
    return given => [variable, given, expected]
  }

  describe('garbage is said once, with variable, value and expectation, and the default is used', () => {
    it('there are at least 60 cases', () => assert.ok(GARBAGE.length >= 60, `${GARBAGE.length}`))

    for (const [variable, given, expected, shown = given] of GARBAGE) {
      it(`${variable}=${JSON.stringify(given.slice(0, 40))}`, () => {
        const { config, sources, warnings } = read({ [variable]: given })
        assert.equal(warnings.length, 1, warnings.join('\n'))
        assert.ok(warnings[0]!.startsWith(`${variable}=${shown} is not `), warnings[0])
        assert.match(warnings[0]!, expected)
        assert.match(warnings[0]!, /; it is ignored$/)
        assert.doesNotMatch(warnings[0]!, /sesame|[\x00-\x1f\x7f-\x9f]/)
        for (const name of NAMES) {
          assert.deepEqual(config[name], OPTIONS[name].default)
          assert.equal(sources[name], 'default')
        }
      })
    }

    it('of any length, in linear time: it is read on the main thread, also of a config file that changes', () => {
      const timeOf = (marks: number): number => {
        const before = process.cpuUsage()
        assert.equal(read({ PERFAGENT_HTTP_ENDPOINT: '?'.repeat(marks) }).warnings.length, 1)
        const { user, system } = process.cpuUsage(before)
        return user + system
      }
      const leastOf = (marks: number): number => Math.min(...Array.from({ length: 5 }, () => timeOf(marks)))
      leastOf(1000)
      // A hundred times as long, ten seconds, where each of them was tried to the end of the text.
      assert.ok(leastOf(100_000) < 30 * leastOf(10_000))
    })

    const IN_CODE: [name: string, given: unknown, said: RegExp][] = [
      [
        'slowMs',
        Number.NaN,
        /^option slowMs: NaN is not a number of milliseconds, at least 1, or auto; it is ignored$/
      ],
      ['slowMs', '500', /500 is not a number/],
      ['slowMs', null, /null is not a number/],
      ['slowMs', 5n, /a bigint is not/],
      ['enabled', 'false', /false is not true or false/],
      ['disable', 'mysql,redis', /mysql,redis is not an array of names/],
      ['disable', ['mysql', 5], /an array is not an array of names/],
      ['slowRoutes', { 'GET /x': '5' }, /an object is not an object like \{ 'POST \/pay': 200 \}/],
      ['slowRoutes', { '/pay': 200 }, /an object is not an object like \{ 'POST \/pay': 200 \}/],
      ['otlpHeaders', { authorization: 5 }, /\*\*\* is not an object of headers/],
      ['otlpHeaders', { 'a\nb': 'sesame' }, /\*\*\* is not an object of headers/],
      ['httpSecret', Symbol('sesame'), /\*\*\* is not a text/],
      ['httpEndpoint', new URL('http://host'), /an object is not an http/],
      ['file', () => 'sesame', /a function is not a text/],
      ['slowMS', 5, /^option slowMS does not exist; did you mean slowMs\?$/],
      ['PERFAGENT_SLOW_MS', 5, /^option PERFAGENT_SLOW_MS does not exist; did you mean slowMs\?$/],
      ['constructor', 5, /^option constructor does not exist/],
      ['perfagent', { slowMs: 5 }, /^option perfagent does not exist; write what is in it at the top$/],
      ['a\nb', 5, /^option a\\x0ab does not exist/]
    ]
    for (const [name, given, said] of IN_CODE) {
      it(`in code: ${JSON.stringify(name)}, ${said}`, () => {
        const { config, warnings } = read({}, { [name]: given } as Options)
        assert.equal(warnings.length, 1, warnings.join('\n'))
        assert.match(warnings[0]!, said)
        assert.doesNotMatch(warnings[0]!, /sesame/)
        assert.deepEqual(config, read({}).config)
      })
    }

    for (const given of [null, 'slowMs=5', 5, [], () => {}]) {
      it(`in code: ${String(given)} instead of options`, () => {
        const { config, warnings } = readConfig({ env: {}, code: given as Options })
        assert.equal(warnings.length, 1)
        assert.match(warnings[0]!, /^perfagent was given .*, which is not an object of options; it is ignored$/)
        assert.deepEqual(config, read({}).config)
      })
    }

    it('in code: methods of routes are in upper case whatever case they were given in, as in a variable', () => {
      const { config } = read({}, { slowRoutes: { 'post /Pay': 200 } })
      assert.deepEqual({ ...config.slowRoutes }, { 'POST /Pay': 200 })
    })

    it('in code: what was given is copied, and so can be sent to a thread, whatever it is made of', () => {
      const disable = ['redis']
      const { config } = read({}, { disable, slowRoutes: new Proxy({ 'GET /x': 5 }, {}) })
      disable.push('pg')
      assert.deepEqual(structuredClone(config).disable, ['redis'])
      assert.deepEqual({ ...config.slowRoutes }, { 'GET /x': 5 })
    })

    it('a key where the path of its file is wanted is not taken, and not printed', () => {
      const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----'
      const { config, warnings } = read({ OTEL_EXPORTER_OTLP_CLIENT_KEY: key }, { otlpCertificate: key })
      assert.deepEqual([config.otlpClientKey, config.otlpCertificate], ['', ''])
      assert.deepEqual(
        warnings.filter(warning => warning.includes('PEM')).map(warning => warning.includes('MIIEvQ')),
        [false, false]
      )
    })

    it('files and folders are those of the working directory that they were named in', () => {
      const inCode = { file: 'a', memoryFile: 'b/c', spoolDir: 'd', configFile: '' }
      const { config } = read({ OTEL_EXPORTER_OTLP_CERTIFICATE: 'ca.pem' }, inCode)
      const found = [config.file, config.memoryFile, config.spoolDir, config.otlpCertificate]
      assert.deepEqual(
        found,
        ['a', 'b/c', 'd', 'ca.pem'].map(each => path.resolve(each))
      )
      assert.deepEqual([config.configFile, config.otlpClientKey], ['', ''])
    })

    it('in code: a __proto__ of its own is an unknown name, or no route, and changes nothing', () => {
      const { config, warnings } = read(
        {},
        JSON.parse('{ "__proto__": { "slowMs": 1 }, "slowRoutes": { "__proto__": 5 } }')
      )
      assert.equal(config.slowMs, 500)
      assert.deepEqual(config.slowRoutes, {})
      assert.equal(warnings.length, 2)
      assert.match(warnings[0]!, /^option slowRoutes: an object is not an object like/)
      assert.match(warnings[1]!, /^option __proto__ does not exist/)
    })
  })

  describe('names that are not ours', () => {
    const NEAREST: [given: string, meant: string][] = [
      ['PERFAGENT_SLOWMS', 'PERFAGENT_SLOW_MS'],
      ['PERFAGENT_SLOW_MSS', 'PERFAGENT_SLOW_MS'],
      ['PERFAGENT_SERVICE', 'PERFAGENT_SERVICE_NAME'],
      ['PERFAGENT_OTLP_HEADER', 'PERFAGENT_OTLP_HEADERS'],
      ['PERFAGENT_HTTP_SECRETS', 'PERFAGENT_HTTP_SECRET'],
      ['PERFAGENT_LOGLEVEL', 'PERFAGENT_LOG_LEVEL'],
      ['PERFAGENT_ENDPOINT', 'PERFAGENT_OTLP_ENDPOINT'],
      ['PERFAGENT_SERVER_URL', 'PERFAGENT_OTLP_ENDPOINT'],
      ['PERFAGENT_AGENT_URL', 'PERFAGENT_OTLP_ENDPOINT'],
      ['PERFAGENT_SECRET', 'PERFAGENT_HTTP_SECRET'],
      ['PERFAGENT_SLOW_THRESHOLD_MS', 'PERFAGENT_SLOW_MS'],
      ['PERFAGENT_FILE_MAX_BYTE', 'PERFAGENT_FILE_MAX_BYTES'],
      ['perfagent_slow_ms', 'PERFAGENT_SLOW_MS'],
      ['Perfagent_Slow_Ms', 'PERFAGENT_SLOW_MS'],
      ['PERFAGENT_DISABLED', 'PERFAGENT_ENABLED'],
      ['PERFAGENT_DEBUG', 'PERFAGENT_LOG_LEVEL'],
      ['PERFAGENT_THRESHOLD', 'PERFAGENT_SLOW_MS'],
      ['PERFAGENT_EXPORTERS', 'PERFAGENT_EXPORT']
    ]
    for (const [given, meant] of NEAREST) {
      it(given, () => {
        assert.deepEqual(read({ [given]: 'sesame' }).warnings, [`${given} is no option; did you mean ${meant}?`])
      })
    }

    it('a name that is like none is told where all are, and not to write another', () => {
      for (const name of ['comment', 'apiKey', 'token', 'port', 'env', 'plugins', 'perfagent'])
        assert.deepEqual(read({}, { [name]: 'x' } as Options).warnings, [
          `option ${name} does not exist; npx perfagent options lists those that there are`
        ])
    })

    it('variables of a service that is called perfagent, which Kubernetes gives to all beside it, are its own', () => {
      const links = {
        PERFAGENT_SERVICE_HOST: '10.0.0.1',
        PERFAGENT_SERVICE_PORT: '4318',
        PERFAGENT_SERVICE_PORT_OTLP_HTTP: '4318',
        PERFAGENT_PORT: 'tcp://10.0.0.1:4318',
        PERFAGENT_PORT_4318_TCP: 'tcp://10.0.0.1:4318',
        PERFAGENT_PORT_4318_TCP_PROTO: 'tcp',
        PERFAGENT_PORT_4318_TCP_PORT: '4318',
        PERFAGENT_PORT_4318_TCP_ADDR: '10.0.0.1',
        PERFAGENT_CONSOLE_SERVICE_HOST: '10.0.0.2',
        PERFAGENT_CONSOLE_PORT_53_UDP_ADDR: '10.0.0.2'
      }
      assert.equal(read(links).warnings.length, Object.keys(links).length)
      assert.deepEqual(read({ ...links, KUBERNETES_SERVICE_HOST: '10.0.0.3', PERFAGENT_SLOWMS: '5' }).warnings, [
        'PERFAGENT_SLOWMS is no option; did you mean PERFAGENT_SLOW_MS?'
      ])
    })

    it('of very many, as in a file that is no file of options, some are said, and how many more there are', () => {
      const many = (prefix: string) => Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [prefix + i, 'x']))
      const { warnings } = read(many('PERFAGENT_SLOW_MS_'), many('slowMs_') as Options)
      assert.equal(warnings.length, 102)
      assert.deepEqual(
        warnings.filter(text => !/did you mean/.test(text)),
        ['there are 2950 more variables that are no option', 'option: 2950 more do not exist']
      )
    })

    it('a very long one is shown cut, escaped, and without its value', () => {
      const [said, ...more] = read({ [`PERFAGENT_\n${'X'.repeat(100_000)}`]: 'sesame' }).warnings
      assert.match(said!, /^PERFAGENT_\\x0aX{85,}… is no option; npx perfagent options lists those that there are$/)
      assert.deepEqual(more, [])
    })

    const SLIPS: [given: string, meant: string][] = [
      ['OTEL_EXPORTER_OTLP_ENPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
      ['OTEL_EXPORTER_OTEL_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
      ['OTEL_SERVICENAME', 'OTEL_SERVICE_NAME'],
      ['OTEL_METRIC_EXPORTER', 'OTEL_METRICS_EXPORTER']
    ]
    for (const [given, meant] of SLIPS) {
      it(given, () => {
        const said = `${given} is no variable of OpenTelemetry's; did you mean ${meant}?`
        assert.deepEqual(read({ [given]: 'sesame' }).warnings, [said])
      })
    }

    it("variables of OpenTelemetry's other parts are none of our business", () => {
      const names = `OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT OTEL_EXPORTER_JAEGER_ENDPOINT OTEL_PYTHON_LOG_LEVEL OTEL_GO_X_RESOURCE
        OTEL_INSTRUMENTATION_HTTP_ENABLED OTEL_JAVAAGENT_ENABLED OTEL_SERVICE_HOST OTEL_EXPORTER_OTLP_SPAN_INSECURE`
      assert.deepEqual(read(Object.fromEntries(names.split(/\s+/).map(name => [name, 'x']))).warnings, [])
    })

    it('other environment variables are none of our business', () => {
      assert.deepEqual(
        read({ PERFAGENT: 'x', MY_PERFAGENT_X: 'x', OTEL_SOMETHING: 'x', ['__proto__']: 'x' }).warnings,
        []
      )
    })
  })

  describe('a value that shows what was meant', () => {
    const MEANT: [given: string, instead: string][] = [
      ['PERFAGENT_SLOW_MS=1s', '1000'],
      ['PERFAGENT_SLOW_MS=500ms', '500'],
      ['PERFAGENT_EXIT_MS=0.5 s', '500'],
      ['OTEL_METRIC_EXPORT_INTERVAL=1m', '60000'],
      ['PERFAGENT_QUEUE_MAX_BYTES=16MiB', '16777216'],
      ['PERFAGENT_FILE_MAX_BYTES=500k', '512000'],
      ['PERFAGENT_SAMPLE_SHARE=7%', '0.07'],
      ['PERFAGENT_ENABLED=no', 'false'],
      ['PERFAGENT_PROFILE=Off', 'false'],
      ['OTEL_EXPORTER_OTLP_INSECURE=1', 'true'],
      ['PERFAGENT_LOG_LEVEL=warning', 'warn'],
      ['PERFAGENT_EXPORT=console', 'stdout'],
      ['PERFAGENT_EXPORT=otlp,Console', 'otlp,stdout'],
      ['OTEL_TRACES_EXPORTER=stdout', 'console'],
      ['OTEL_EXPORTER_OTLP_PROTOCOL=http', 'http/protobuf'],
      ['PERFAGENT_HTTP_ENDPOINT=localhost:8080', 'http://localhost:8080']
    ]
    for (const [given, instead] of MEANT)
      it(`${given} is told what to write`, () => {
        const [variable, value] = given.split('=') as [string, string]
        const [said, ...more] = read({ [variable]: value }).warnings
        assert.ok(said!.startsWith(`${given} is not `) && said!.endsWith(`: write ${instead}; it is ignored`), said)
        assert.deepEqual(more, [])
        // It holds.
        assert.doesNotMatch(read({ [variable]: instead }).warnings.join(), /is not/)
      })

    it('is said to be a text where one is given in place of a number', () =>
      assert.deepEqual(read({}, { slowMs: '500' as never }).warnings, [
        'option slowMs: the text 500 is not a number of milliseconds, at least 1, or auto; it is ignored'
      ]))
  })

  describe('quotes, which docker --env-file leaves where a shell takes them away', () => {
    const QUOTES = 'the quotes are a part of it: leave them out'
    it('are said with what is no value because of them', () =>
      assert.deepEqual(read({ PERFAGENT_SLOW_MS: '"200"' }).warnings, [
        `PERFAGENT_SLOW_MS="200" is not a number of milliseconds, at least 1, or auto; it is ignored; ${QUOTES}`
      ]))

    it('are said of a text, which is taken with them', () => {
      const { config, warnings } = read({ PERFAGENT_SERVICE_NAME: "'shop'", PERFAGENT_HTTP_SECRET: '"sesame"' })
      assert.equal(config.serviceName, "'shop'")
      assert.deepEqual(warnings, [`PERFAGENT_SERVICE_NAME='shop': ${QUOTES}`, `PERFAGENT_HTTP_SECRET=***: ${QUOTES}`])
    })
  })

  describe('an endpoint without a scheme', () => {
    const ENV = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }
    const saidOf = (where: string) =>
      `${where} has no scheme: write http://collector:4318, or https://collector:4318, which is used now; or OTEL_EXPORTER_OTLP_PROTOCOL=grpc`

    it('is said where it is for HTTP, with what to write', () =>
      assert.deepEqual(read(ENV).warnings, [saidOf('OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318')]))

    it('is fine where all that it is for is gRPC, or goes nowhere', () => {
      for (const env of [
        { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
        { PERFAGENT_EXPORT: 'stdout' },
        { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc' }
      ])
        assert.deepEqual(read({ ...ENV, ...env }).warnings, [], JSON.stringify(env))
    })

    it('is said of one signal, and of code', () => {
      const traces = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }
      assert.deepEqual(read({ ...traces, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4318' }).warnings, [
        saidOf('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector:4318')
      ])
      assert.deepEqual(read({}, { otlpEndpoint: 'collector:4318' }).warnings, [
        saidOf('option otlpEndpoint: collector:4318')
      ])
    })
  })

  it('whatever is in a variable: no throw, at most one warning, on one short line', () => {
    const variables = NAMES.flatMap(name => [row(name).env, ...(row(name).also ?? [])])
    fc.assert(
      fc.property(fc.constantFrom(...variables), fc.string({ unit: 'binary', maxLength: 300 }), (variable, given) => {
        const { warnings } = read({ [variable]: given })
        assert.ok(warnings.length <= 1)
        for (const warning of warnings) assert.match(warning, /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,300}$/)
      })
    )
  })

  describe('what is shown', () => {
    const env = {
      PERFAGENT_HTTP_SECRET: 'sesame',
      PERFAGENT_OTLP_ENDPOINT: 'https://otlp.example',
      PERFAGENT_OTLP_HEADERS: 'authorization=sesame',
      PERFAGENT_HTTP_ENDPOINT: 'https://me:sesame@host/x?key=sesame',
      PERFAGENT_SLOW_ROUTES: 'GET /x=5',
      PERFAGENT_FILE: `/tmp/${'x'.repeat(200)}`
    }
    const { config, sources, warnings } = read(env)

    it('values are as a person would write them, without secrets', () => {
      assert.deepEqual(warnings, [])
      assert.equal(printValue('httpSecret', config.httpSecret), '***')
      assert.equal(printValue('otlpHeaders', config.otlpHeaders), '***')
      assert.equal(printValue('otlpHeaders', {}), '')
      assert.equal(printValue('httpEndpoint', config.httpEndpoint), 'https://***@host/x?key=***')
      assert.equal(printValue('slowRoutes', config.slowRoutes), 'GET /x=5')
    })

    it('the start line has what differs from the defaults', () => {
      assert.equal(
        startLine({ config, sources }),
        'started; slow is over 500 ms; slowRoutes=GET /x=5 otlpEndpoint=https://otlp.example otlpHeaders=*** ' +
          `httpEndpoint=https://***@host/x?key=*** httpSecret=*** file=/tmp/${'x'.repeat(95)}…`
      )
      assert.equal(
        startLine({ config: { ...read({}).config, slowMs: 'auto' }, sources: read({}).sources }),
        'started; slow is what is unusual for the route'
      )
    })

    it('the table has a line for each option, without breaks in a cell', () => {
      const lines = toMarkdown({ rare: true }).split('\n')
      assert.equal(lines.length, NAMES.length + 2)
      for (const line of lines) assert.equal(line.split('|').length, 6, line)
    })
  })

  it('an instrumentation to leave out that does not exist is said, with those that do', async () => {
    const app = await runApp('hello.js', { env: { PERFAGENT_DISABLE: 'express,postgresql' } })
    await app.stop({
      stderr: /^\[perfagent\] no instrumentation is called postgresql; there are http, .*\bpg, .*\n$/
    })
  })

  it('who switches off all by PERFAGENT_DISABLE=true is told what does so', async () => {
    const app = await runApp('hello.js', { env: { PERFAGENT_DISABLE: 'true' } })
    await app.stop({
      stderr:
        /^\[perfagent\] no instrumentation is called true; PERFAGENT_ENABLED=false switches perfagent off; there are .*\n$/
    })
  })

  it('a process with garbage in every variable serves, and says each once', async () => {
    const env: Environment = {}
    for (const name of NAMES) {
      const { env: own, also = [], type } = row(name)
      // Every text is a text, and every text is a list.
      if (type.parse('%;%') !== undefined) continue
      for (const variable of [own, ...also]) env[variable] = '%;%'
    }
    Object.assign(env, { OTEL_SDK_DISABLED: '%;%', OTEL_RESOURCE_ATTRIBUTES: '%;%' })
    for (const name of NAMES.slice(0, 20)) env[`${row(name).env}X`] = 'sesame'
    const variables = Object.keys(env)
    assert.ok(variables.length >= 60, `${variables.length}`)

    const app = await runApp('hello.js', { env })
    const { status, body } = await app.get('/')
    assert.deepEqual([status, body], [200, 'hello'])
    const { stderr } = await app.stop({ stderr: /./ })

    const lines = stderr.trimEnd().split('\n')
    for (const variable of variables) {
      const said = lines.filter(
        line => line.startsWith(`[perfagent] ${variable}`) && /^[ =]/.test(line.slice(12 + variable.length))
      )
      assert.equal(said.length, 1, `${variable}: ${said.length} of\n${stderr}`)
    }
    assert.equal(lines.length, variables.length, stderr)
    assert.doesNotMatch(stderr, /sesame/)
  })
})
