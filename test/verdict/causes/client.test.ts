// Verdicts by the incidents that they were made for: client.slow_upload, client.slow_download.

import type { Frame } from '../../../lib/types.js'
import { profiled, render, SELECT, verdicts } from '../incidents.js'
import { block, call, evidence, OPEN, OWN_ID, other, probe, query, samples, turns } from '../timeline.js'

verdicts('client.slow_upload, client.slow_download', [
  {
    title: 'a slow uploader, while a statement ran that was not waited for so long',
    given: {
      durationMs: 900,
      operations: [query(SELECT, 5, 200), query('INSERT INTO photos', 860, 880)],
      upload: { waits: [{ start: 1, end: 850 }], over: true }
    },
    cause: 'client.slow_upload',
    says: 'Waited 849 ms for the caller to send the body of its request.',
    confidence: 'measured',
    breakdown: { 'client.slow_upload': 849, 'db.slow_query': 20, unknown: 31 }
  },
  {
    title: 'a body that is worked with piece by piece, each time for a moment',
    given: {
      durationMs: 900,
      upload: { waits: [{ start: 1, end: 880 }], over: true },
      turns: turns(
        [],
        ...Array.from({ length: 70 }, (_, i): [number, number, number] => [100 + 11 * i, 110 + 11 * i, OWN_ID])
      )
    },
    cause: 'cpu.own',
    says: /^Its own JavaScript ran 700 ms on the main thread/,
    breakdown: { 'cpu.own': 700, 'client.slow_upload': 179, unknown: 21 }
  },
  {
    title: 'a slow uploader, while others have the loop for moments',
    given: {
      durationMs: 900,
      upload: { waits: [{ start: 1, end: 880 }], over: true },
      turns: turns(
        [other('GET /catalog', 31)],
        ...Array.from({ length: 70 }, (_, i): [number, number, number] => [100 + 11 * i, 110 + 11 * i, 31])
      )
    },
    cause: 'client.slow_upload',
    says: 'Waited 879 ms for the caller to send the body of its request.'
  },
  {
    title: 'a gateway that waits for its caller, and has begun to pass the body on',
    given: {
      durationMs: 600,
      status: 'running',
      operations: [call('PUT http://store/files', 80, OPEN, { marks: { socket: 81, connect: 82 } })],
      upload: { waits: [{ start: 1, end: 600 }], over: false }
    },
    cause: 'client.slow_upload',
    says: /^Still running\. Waited 599 ms for the caller to send/
  },
  {
    title: 'an answer that did not wait for the end of the body',
    given: {
      durationMs: 700,
      operations: [query(SELECT, 5, 690)],
      upload: { waits: [{ start: 1, end: 695 }], over: false }
    },
    cause: 'db.slow_query',
    says: /^Waited 685 ms for SELECT orders/
  },
  {
    title: 'a caller that went away in the middle of its body',
    given: { durationMs: 700, status: 'aborted', upload: { waits: [{ start: 20, end: 700 }], over: false } },
    cause: 'client.slow_upload',
    says: /^The caller went away\. Waited 680 ms for the caller to send/
  },
  {
    title: 'a slow downloader',
    given: {
      durationMs: 900,
      operations: [query(SELECT, 5, 60)],
      download: { waits: [{ start: 70, end: 899 }], over: true }
    },
    cause: 'client.slow_download',
    says: 'Waited 829 ms for the caller to take the answer.',
    confidence: 'measured'
  },
  {
    title: 'a full buffer while a cursor goes on: the caller, but it may have been the statement',
    given: {
      durationMs: 900,
      operations: [query(SELECT, 5, 890)],
      download: { waits: [{ start: 70, end: 870 }], over: true }
    },
    cause: 'client.slow_download',
    says: /Inferred: calls were under way meanwhile/,
    confidence: 'inferred'
  },
  {
    title: 'an answer that lies in the buffers because another request holds the loop',
    given: { durationMs: 900, concurrency: 2, download: { waits: [{ start: 20, end: 899 }], over: true } },
    seen: evidence({
      blocks: [block(25, 890, ...[60, 180, 300, 420, 540, 660, 780].map(at => probe(at, other('GET /export'), render)))]
    }),
    cause: 'loop.blocked',
    says: /by GET \/export/
  },
  {
    title: 'an answer that gets on by a piece in each turn of a loop that another request keeps busy',
    given: {
      durationMs: 900,
      download: { waits: [{ start: 20, end: 899 }], over: true },
      turns: turns(
        [other('GET /export', 31)],
        ...Array.from({ length: 14 }, (_, i): [number, number, number] => [20 + 62 * i, 80 + 62 * i, 31])
      )
    },
    seen: evidence({ cpu: samples([20, 890, profiled]) }),
    cause: 'loop.blocked',
    says: /held for 840 ms by GET \/export .*Inferred: the caller may have been slow as well, since hardly a turn was left to see it\.$/,
    confidence: 'inferred'
  },
  {
    title: 'a slow downloader, beside a loop that is busy for half of the time',
    given: {
      durationMs: 900,
      download: { waits: [{ start: 20, end: 899 }], over: true },
      turns: turns(
        [other('GET /export', 31)],
        ...Array.from({ length: 7 }, (_, i): [number, number, number] => [20 + 124 * i, 80 + 124 * i, 31])
      )
    },
    seen: evidence({
      cpu: samples(
        ...Array.from({ length: 7 }, (_, i): [number, number, Frame[]] => [20 + 124 * i, 80 + 124 * i, profiled])
      )
    }),
    cause: 'client.slow_download',
    says: /^Waited 8\d\d ms for the caller to take the answer/
  }
])
