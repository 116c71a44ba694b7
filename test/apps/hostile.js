// Hand-written requests that an HTTP server gets from nobody who means well. The head, without the empty line that ends it.

module.exports = [
  'GET http://[::1 HTTP/1.1\r\nhost: a',
  'GET http:// HTTP/1.1\r\nhost: a',
  'GET //evil HTTP/1.1\r\nhost: a',
  'GET /%E0%A4%A HTTP/1.1\r\nhost: a',
  'GET * HTTP/1.1\r\nhost: a',
  'OPTIONS * HTTP/1.1\r\nhost: a',
  'GET / HTTP/1.0',
  'GET / HTTP/1.1',
  'GET / HTTP/1.1\r\nhost: [[[',
  `GET /${'x'.repeat(15_000)} HTTP/1.1\r\nhost: a`,
  `GET /${'x'.repeat(200_000)} HTTP/1.1\r\nhost: a`,
  'GET / HTTP/1.1\r\nhost: a\r\n__proto__: x\r\nconstructor: y',
  'GET / HTTP/1.1\r\nhost: a\r\nx: \xe9\xff',
  'GET / HTTP/1.1\r\nhost: a\r\ntraceparent: garbage\r\ntracestate: =,=,',
  `GET / HTTP/1.1\r\nhost: a\r\ntraceparent: 00-${'a'.repeat(10_000)}-b-01`,
  'GET / HTTP/1.1\r\nhost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntraceparent: x',
  `GET / HTTP/1.1\r\nhost: a\r\nbaggage: ${'k=v,'.repeat(3000)}`
]
