// The suites of others that the agent is held to: where their tests are, and how one file of them is run. `npm run check:suites`
// runs one of them in a checkout; those with a `package` ship their tests in their npm package, so `npm run check` has them too.

/**
 * files    which files hold tests, as paths from the checkout's root
 * run      `test`: node:test or nothing, told in TAP; `mocha`; `exit`: the exit code is the one result of a file
 * args     options of Node
 * package  where in node_modules the checkout is, when nobody names a path
 * quick    the files that `npm run check` runs; the others are for `npm run check:trust`
 */
export const SUITES = {
  fastify: {
    package: 'fastify',
    files: /^test\/(?!bundler|build|types|internals\/(?:version|errors))[\w./-]+\.test\.m?js$/,
    quick: /^test\/(?:reply-error|async-await|close-pipelining|upgrade|diagnostics-channel\/[\w-]+)\.test\.js$/,
    run: 'test'
  },
  'fastify-reply-from': {
    package: '@fastify/reply-from',
    files: /^test\/[\w./-]+\.test\.js$/,
    quick: /^test\/(?:http2?-[a-h]|undici|base-|on-|retry-[a-o]|stream|full)[\w-]*\.test\.js$/,
    run: 'test'
  },
  'fastify-http-proxy': { package: '@fastify/http-proxy', files: /^test\/[\w-]+\.test\.js$/, run: 'test' },
  'fastify-websocket': { package: '@fastify/websocket', files: /^test\/[\w-]+\.test\.js$/, quick: /./, run: 'test' },
  'fastify-middie': { package: '@fastify/middie', files: /^test\/[\w-]+\.test\.js$/, run: 'test' },
  'light-my-request': { package: 'light-my-request', files: /^test\/[\w.-]+\.test\.js$/, quick: /./, run: 'test' },
  needle: { package: 'needle', files: /^test\/[\w-]+_spec\.js$/, run: 'mocha' },
  pino: { package: 'pino', files: /^test\/(?!jest|types|internals)[\w./-]+\.test\.m?js$/, run: 'test' },
  node: {
    files: /^test\/parallel\/test-(?:http|http2|https|net-server|async-local-storage|diagnostics-channel)[\w-]*\.m?js$/,
    run: 'exit'
  },
  express: { files: /^test\/[\w.]+\.js$/, run: 'mocha', args: ['--require', 'test/support/env'] },
  koa: { files: /^(?:test|__tests__)\/[\w./-]+\.test\.js$/, run: 'test' },
  ws: { files: /^test\/[\w-]+\.test\.js$/, run: 'mocha' },
  mocha: { files: /^test\/[\w./-]+\.js$/, run: 'mocha' },
  test: { files: /^test\/[\w./-]+\.test\.[cm]?js$/, run: 'test' }
}

/** Test → why it may differ. A test is `suite: file > name`. */
export const KNOWN = {}
