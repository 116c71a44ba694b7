// Every variable of OpenTelemetry's specification is honoured, or said to be without effect; and where the service runs.

import assert from 'node:assert/strict'
import { OPTIONS, readConfig } from '../lib/options/config.js'
import { resourceFromEnvironment } from '../lib/options/resource.js'
import { ELSEWHERE, isHonoured, STANDARD } from '../lib/options/standard.js'
import { architectureOf, containerId, systemOf } from '../lib/worker/resource.js'

/** From the specification's pages (SDK environment variables, OTLP exporter, resource), November 2026, by hand. */
const SPECIFIED = `
OTEL_SDK_DISABLED OTEL_ENTITIES OTEL_RESOURCE_ATTRIBUTES OTEL_SERVICE_NAME OTEL_LOG_LEVEL OTEL_PROPAGATORS OTEL_TRACES_SAMPLER
OTEL_TRACES_SAMPLER_ARG OTEL_BSP_SCHEDULE_DELAY OTEL_BSP_EXPORT_TIMEOUT OTEL_BSP_MAX_QUEUE_SIZE OTEL_BSP_MAX_EXPORT_BATCH_SIZE
OTEL_BLRP_SCHEDULE_DELAY OTEL_BLRP_EXPORT_TIMEOUT OTEL_BLRP_MAX_QUEUE_SIZE OTEL_BLRP_MAX_EXPORT_BATCH_SIZE
OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT OTEL_ATTRIBUTE_COUNT_LIMIT OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT
OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT OTEL_SPAN_EVENT_COUNT_LIMIT OTEL_SPAN_LINK_COUNT_LIMIT OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT
OTEL_LINK_ATTRIBUTE_COUNT_LIMIT OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT
OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_TRACES_ENDPOINT OTEL_EXPORTER_OTLP_METRICS_ENDPOINT
OTEL_EXPORTER_OTLP_LOGS_ENDPOINT OTEL_EXPORTER_OTLP_INSECURE OTEL_EXPORTER_OTLP_TRACES_INSECURE
OTEL_EXPORTER_OTLP_METRICS_INSECURE OTEL_EXPORTER_OTLP_LOGS_INSECURE OTEL_EXPORTER_OTLP_CERTIFICATE
OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE
OTEL_EXPORTER_OTLP_CLIENT_KEY OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY
OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE
OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE OTEL_EXPORTER_OTLP_HEADERS
OTEL_EXPORTER_OTLP_TRACES_HEADERS OTEL_EXPORTER_OTLP_METRICS_HEADERS OTEL_EXPORTER_OTLP_LOGS_HEADERS
OTEL_EXPORTER_OTLP_COMPRESSION OTEL_EXPORTER_OTLP_TRACES_COMPRESSION OTEL_EXPORTER_OTLP_METRICS_COMPRESSION
OTEL_EXPORTER_OTLP_LOGS_COMPRESSION OTEL_EXPORTER_OTLP_TIMEOUT OTEL_EXPORTER_OTLP_TRACES_TIMEOUT
OTEL_EXPORTER_OTLP_METRICS_TIMEOUT OTEL_EXPORTER_OTLP_LOGS_TIMEOUT OTEL_EXPORTER_OTLP_PROTOCOL OTEL_EXPORTER_OTLP_TRACES_PROTOCOL
OTEL_EXPORTER_OTLP_METRICS_PROTOCOL OTEL_EXPORTER_OTLP_LOGS_PROTOCOL OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE
OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION OTEL_EXPORTER_ZIPKIN_ENDPOINT OTEL_EXPORTER_ZIPKIN_TIMEOUT
OTEL_EXPORTER_PROMETHEUS_HOST OTEL_EXPORTER_PROMETHEUS_PORT OTEL_TRACES_EXPORTER OTEL_METRICS_EXPORTER OTEL_LOGS_EXPORTER
OTEL_METRICS_EXEMPLAR_FILTER OTEL_METRIC_EXPORT_INTERVAL OTEL_METRIC_EXPORT_TIMEOUT OTEL_CONFIG_FILE
OTEL_EXPERIMENTAL_CONFIG_FILE OTEL_SEMCONV_STABILITY_OPT_IN OTEL_NODE_RESOURCE_DETECTORS OTEL_NODE_ENABLED_INSTRUMENTATIONS
OTEL_NODE_DISABLED_INSTRUMENTATIONS`
  .trim()
  .split(/\s+/)

describe("OpenTelemetry's variables", () => {
  it('are all in the table', () => {
    assert.deepEqual(
      SPECIFIED.filter(name => !(name in STANDARD || name in ELSEWHERE)),
      []
    )
    const ours = Object.values(OPTIONS).flatMap(({ also = [] }: { also?: string[] }) => also)
    assert.deepEqual(
      [...Object.keys(STANDARD), ...ours].filter(name => !SPECIFIED.includes(name)),
      []
    )
  })

  it('have a reason where they are not honoured, and none where they are', () => {
    for (const [name, why] of Object.entries(STANDARD))
      assert.match(why, isHonoured(name, OPTIONS) ? /^$/ : /\.$/, name)
  })

  it('that are not honoured are said in one line, with what to do instead, those that are empty or honoured not at all', () => {
    const env = {
      OTEL_BSP_MAX_QUEUE_SIZE: '1',
      OTEL_CONFIG_FILE: '/x',
      OTEL_BSP_SCHEDULE_DELAY: '',
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,pg',
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'fs',
      OTEL_SERVICE_NAME: 'a'
    }
    assert.deepEqual(readConfig({ env }).warnings, [
      'not supported and without effect: OTEL_CONFIG_FILE: set variables instead; ' +
        'OTEL_BSP_MAX_QUEUE_SIZE: PERFAGENT_QUEUE_MAX_BYTES bounds the queue; ' +
        'OTEL_NODE_ENABLED_INSTRUMENTATIONS, OTEL_NODE_DISABLED_INSTRUMENTATIONS: use PERFAGENT_DISABLE'
    ])
  })

  it('of one signal win over the general ones', () => {
    const { config, warnings } = readConfig({
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '77',
        OTEL_EXPORTER_OTLP_INSECURE: 'TRUE',
        OTEL_TRACES_EXPORTER: 'otlp,console',
        OTEL_LOGS_EXPORTER: 'otlp'
      }
    })
    assert.deepEqual(warnings, [])
    assert.deepEqual(
      [
        config.otlpProtocol,
        config.otlpLogsProtocol,
        config.otlpTracesProtocol,
        config.otlpTracesTimeoutMs,
        config.otlpInsecure
      ],
      ['grpc', 'http/json', undefined, 77, true]
    )
    assert.deepEqual(config.tracesExporter, ['otlp', 'console'])
  })

  it('a boolean is the word alone', () => {
    const { config, warnings } = readConfig({ env: { OTEL_EXPORTER_OTLP_INSECURE: '1' } })
    assert.equal(config.otlpInsecure, false)
    assert.equal(warnings.length, 1)
  })
})

describe('where the service runs', () => {
  const POD = { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOSTNAME: 'shop-7f9-x2' }
  const cases: [string, Record<string, string>, Record<string, string>][] = [
    ['nothing is known', {}, {}],
    ['an environment', { NODE_ENV: 'staging' }, { 'deployment.environment.name': 'staging' }],
    ['variables with such names outside of Kubernetes', { NODE_NAME: 'x', POD_NAME: 'y' }, {}],
    ['a pod', POD, { 'k8s.pod.name': 'shop-7f9-x2' }],
    [
      'a pod that says more',
      { ...POD, POD_NAMESPACE: 'shop', K8S_NODE_NAME: 'n1', POD_UID: 'u', K8S_POD_NAME: 'p', NODE_NAME: 'other' },
      { 'k8s.pod.name': 'p', 'k8s.namespace.name': 'shop', 'k8s.node.name': 'n1', 'k8s.pod.uid': 'u' }
    ]
  ]
  for (const [what, env, expected] of cases) it(what, () => assert.deepEqual(resourceFromEnvironment(env), expected))

  it('OTEL_RESOURCE_ATTRIBUTES wins', () => {
    const env = { ...POD, OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=a%20b,team=x', NODE_ENV: 'test' }
    const { config, warnings } = readConfig({ env })
    assert.deepEqual(
      { ...config.resourceAttributes },
      {
        'deployment.environment.name': 'test',
        'k8s.pod.name': 'a b',
        team: 'x'
      }
    )
    assert.deepEqual(warnings, [])
  })

  const ID = '0123456789abcdef'.repeat(4)
  const OTHER = 'fedcba9876543210'.repeat(4)
  const mount = (where: string): string => `612 598 8:1 ${where} /etc/hostname rw,relatime - ext4 /dev/sda1 rw`
  const containers: [string, string, string, string | undefined][] = [
    ['no container', '0::/user.slice/user-1000.slice/session-1.scope\n', mount('/'), undefined],
    ['cgroup v1, docker', `12:cpu:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`, '', ID],
    ['cgroup v1, systemd', `3:cpu:/system.slice/docker-${ID}.scope\n`, '', ID],
    ['cgroup v1, Kubernetes', `5:cpu:/kubepods/burstable/pod1-2/${ID}\n`, '', ID],
    ['cgroup v1, containerd', `5:cpu:/kubepods.slice/x.slice/cri-containerd-${ID}.scope\n`, '', ID],
    [
      'ECS on Fargate',
      '9:cpu:/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890\n',
      '',
      '0123456789abcdef0123456789abcdef-1234567890'
    ],
    ['cgroup v2, docker', '0::/\n', mount(`/var/lib/docker/containers/${ID}/hostname`), ID],
    ['cgroup v2, podman', '0::/\n', mount(`/containers/overlay-containers/${ID}/userdata/hostname`), ID],
    [
      'cgroup v2, Kubernetes: its own rather than the sandbox',
      '0::/\n',
      `${mount(`/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/${OTHER}/hostname`)}\n${mount(`/x/containers/${ID}/y`)}`,
      ID
    ],
    ['what only looks like one', `1:cpu:/x/${ID}0\n`, mount('/containers/0123/hostname'), undefined]
  ]
  for (const [what, cgroup, mountinfo, expected] of containers) {
    it(`container id: ${what}`, () => assert.equal(containerId(cgroup, mountinfo), expected))
  }

  it("has OpenTelemetry's names for machines and systems", () => {
    assert.deepEqual(['x64', 'arm64', 'arm'].map(architectureOf), ['amd64', 'arm64', 'arm32'])
    assert.deepEqual(['linux', 'win32', 'darwin'].map(systemOf), ['linux', 'windows', 'darwin'])
  })
})
