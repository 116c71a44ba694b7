// Verdicts by the incidents that they were made for: http.connect.

import { SELECT, verdicts } from '../incidents.js'
import { call, OPEN, query } from '../timeline.js'

verdicts('http.connect', [
  {
    title: 'a channel of gRPC whose peer accepts, but says nothing yet',
    given: {
      durationMs: 760,
      operations: [
        call('POST http://stock:50051/shop.Stock/Level', 10, 750, {
          system: 'grpc',
          target: 'stock:50051',
          statusCode: undefined,
          marks: { connecting: 10, connect: 700, headers: 740 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:50051 took 690 ms: DNS, TCP, TLS and the peer’s first words together 690 ms.'
  },
  {
    title: 'a channel of gRPC whose peer is not there until it has tried more than once',
    given: {
      durationMs: 760,
      operations: [
        call('POST http://stock:50051/shop.Stock/Get', 10, 750, {
          system: 'grpc',
          target: 'stock:50051',
          marks: { connecting: 10, failedTry: 20, connect: 700, headers: 740 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:50051 took 690 ms: DNS, TCP, TLS and the peer’s first words together 690 ms, 680 ms of it after a first try had failed.'
  },
  {
    title: 'an agent that takes long to make a socket, as a proxy’s does',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock:8080/items', 10, 660, { marks: { opening: 10, socket: 600, sent: 601, headers: 655 } })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 590 ms: through its agent (a proxy?) 590 ms.'
  },
  {
    title: 'an agent that has made no socket yet',
    given: {
      durationMs: 700,
      status: 'running',
      operations: [call('GET http://stock:8080/items', 10, OPEN, { statusCode: undefined, marks: { opening: 10 } })]
    },
    cause: 'http.connect',
    says: 'Still running. Setting up a connection to stock:8080 took 690 ms: through its agent (a proxy?) 690 ms.'
  },
  {
    title: 'slow DNS of undici',
    given: {
      durationMs: 700,
      operations: [
        call('GET http://stock/items', 10, 660, {
          marks: { connecting: 10, dns: 600, connect: 602, sent: 603, headers: 655 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 592 ms: DNS 590 ms, TCP 2 ms.'
  },
  {
    title: 'many connections to one peer that are opened at once',
    given: {
      durationMs: 1000,
      operations: Array.from({ length: 40 }, (_, i) =>
        call(`GET http://stock:8080/prices?i=${i}`, 10 + i, 900 + i, {
          marks: { socket: 11 + i, connecting: 11 + i, connect: 850 + i, sent: 851 + i, headers: 899 + i }
        })
      )
    },
    cause: 'http.connect',
    says: /^Setting up a connection to stock:8080 \(one of 40 that it opened at once\) took 8\d\d ms: TCP 839 ms\./
  },
  {
    title:
      'connections to one peer that are opened one after another: each is as long as it was, and all together the time',
    given: {
      durationMs: 1000,
      operations: [310, 290, 300].map((ms, i) =>
        call(`GET http://stock:8080/prices?i=${i}`, 10 + 320 * i, 15 + 320 * i + ms, {
          marks: {
            connecting: 10 + 320 * i,
            connect: 10 + 320 * i + ms,
            sent: 11 + 320 * i + ms,
            headers: 14 + 320 * i + ms
          }
        })
      )
    },
    cause: 'http.connect',
    says: 'Setting up 3 connections to stock:8080 took 900 ms; the longest: TCP 310 ms.'
  },
  {
    title:
      'connections to several peers that are opened at once: the time is that of the longest, whoever is told to have had it',
    given: {
      durationMs: 1000,
      operations: ['a', 'b', 'c'].map((peer, i) =>
        call(`GET http://${peer}:80/`, 10 + 100 * i, 760 + 100 * i, {
          target: `${peer}:80`,
          marks: { connecting: 10 + 100 * i, connect: 750 + 100 * i - i, sent: 751 + 100 * i, headers: 755 + 100 * i }
        })
      )
    },
    cause: 'http.connect',
    says: /^Setting up \d connections took 9\d\d ms; the longest, to a:80: TCP 740 ms\.$/
  },
  {
    title:
      'a connection whose set-up ends beside a statement that is waited for longer: no more is told of it than of the time',
    given: {
      durationMs: 1000,
      operations: [
        call('GET http://stock:8080/items', 10, 960, {
          marks: { connecting: 10, connect: 950, sent: 951, headers: 955 }
        }),
        query(SELECT, 700, 975)
      ]
    },
    cause: 'http.connect',
    says: /^Setting up a connection to stock:8080 took 690 ms: TCP 690 ms\./
  },
  {
    title: 'many calls that wait for one connection to one peer',
    given: {
      durationMs: 1000,
      operations: Array.from({ length: 40 }, (_, i) =>
        call(`GET http://stock:8080/prices?i=${i}`, 10, 900 + i, {
          marks: { connecting: 10, connect: 850, sent: 851, headers: 899 + i }
        })
      )
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 840 ms: TCP 840 ms.'
  },
  {
    title: 'slow DNS',
    given: {
      durationMs: 700,
      operations: [
        call('GET https://stock/items', 10, 660, {
          marks: { socket: 10, dns: 600, connect: 608, tls: 630, sent: 631, headers: 655 }
        })
      ]
    },
    cause: 'http.connect',
    says: 'Setting up a connection to stock:8080 took 620 ms: DNS 590 ms, TCP 8 ms, TLS 22 ms.'
  }
])
