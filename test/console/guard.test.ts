// Who may talk to the console, and who may not.

import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback, refusalOf } from '../../lib/console/guard.js'

const TOKEN = 'a-secret-token'

describe('the guard of the console', () => {
  // headers | token | status, undefined: answered
  const cases: [IncomingHttpHeaders, string | undefined, number | undefined][] = [
    [{ host: 'localhost:4318' }, undefined, undefined],
    [{ host: '127.0.0.1:4318' }, undefined, undefined],
    [{ host: '[::1]:4318' }, undefined, undefined],
    [{ host: '127.0.0.2:4318' }, undefined, undefined],
    [{ host: 'LOCALHOST' }, undefined, undefined],
    [{}, undefined, 403],
    [{ host: 'evil.example' }, undefined, 403],
    [{ host: 'evil.localhost:4318' }, undefined, 403],
    [{ host: 'evil-localhost' }, undefined, 403],
    [{ host: 'localhost.evil.example:4318' }, undefined, 403],
    [{ host: '127.0.0.1.evil.example' }, undefined, 403],
    [{ host: 'localhost:4318', origin: 'http://localhost:4318' }, undefined, undefined],
    [{ host: 'localhost:4318', origin: 'https://localhost:4318' }, undefined, undefined],
    [{ host: 'localhost:4318', origin: 'http://localhost:43180' }, undefined, 403],
    [{ host: 'localhost:4318', origin: 'http://localhost:4318.evil.example' }, undefined, 403],
    [{ host: 'localhost:4318', origin: 'http://evil.example' }, undefined, 403],
    [{ host: 'localhost:4318', origin: 'null' }, undefined, 403],
    [{ host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, undefined, 403],
    [{ host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, undefined, undefined],
    [{ host: 'localhost', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, undefined, undefined],
    [{ host: 'console.example' }, TOKEN, 401],
    [{ host: 'console.example', authorization: `Bearer ${TOKEN}` }, TOKEN, undefined],
    [{ host: 'console.example', authorization: `Bearer ${TOKEN}x` }, TOKEN, 401],
    [{ host: 'console.example', authorization: TOKEN }, TOKEN, 401],
    [{ host: 'console.example', cookie: `a=b; perfagent_token=${TOKEN}` }, TOKEN, undefined],
    [{ host: 'console.example', cookie: `xperfagent_token=${TOKEN}` }, TOKEN, 401],
    [{ host: 'console.example', origin: 'http://evil.example', authorization: `Bearer ${TOKEN}` }, TOKEN, 403]
  ]
  for (const [headers, token, status] of cases) {
    it(`${status === undefined ? 'answers' : `refuses with ${status}`} ${JSON.stringify(headers)}`, () =>
      assert.equal(refusalOf(headers, token)?.status, status))
  }

  // address | whether nobody else reaches it
  const addresses: [string, boolean][] = [
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.evil.example', false],
    ['localhost.evil.example', false],
    ['10.0.0.1', false]
  ]
  for (const [address, expected] of addresses) {
    it(`takes ${address} for ${expected ? 'the loopback' : 'an address that others reach'}`, () =>
      assert.equal(isLoopback(address), expected))
  }
})
