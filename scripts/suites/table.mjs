// The suites of others that the agent is held to: where their tests are, and how one file of them is run. `npm run check:suites`
// runs one of them in a checkout; those with a `package` ship their tests in their npm package, so `npm run check` has them too.

/**
 * files    which files hold tests, as paths from the checkout's root
 * run      `test`: node:test or nothing, told in TAP; `mocha`; `ava`; `exit`: the exit code is the one result of a file
 * args     options of Node
 * served   a server was given a request before the program begins, or the agent would have nothing to do
 * within   the program runs on behalf of a request, so that the calls of a driver are followed
 * alone    one file at a time: they share a database
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
    files: /^test\/(?:parallel|sequential|async-hooks|es-module)\/test-[\w.-]+\.m?js$/,
    run: 'exit',
    served: true
  },
  express: { files: /^test\/[\w.]+\.js$/, run: 'mocha', args: ['--require', './test/support/env'] },
  pg: { files: /^test\/(?:unit|integration)\/[\w./-]+-tests\.js$/, run: 'exit', within: true, alone: true },
  'pg-pool': { files: /^test\/(?!setup)[\w-]+\.js$/, run: 'mocha', within: true, alone: true },
  'pg-cursor': { files: /^test\/[\w-]+\.js$/, run: 'mocha', within: true, alone: true },
  'pg-query-stream': {
    files: /^test\/(?!helper)[\w-]+\.ts$/,
    run: 'mocha',
    args: ['--require', 'ts-node/register/transpile-only'],
    within: true,
    alone: true
  },
  mysql: { files: /^test\/(?:unit|integration)\/[\w./-]+\/test-[\w-]+\.js$/, run: 'exit', within: true, alone: true },
  mysql2: { files: /^test\/(?:unit|integration)\/[\w./-]*test-[\w-]+\.js$/, run: 'exit', within: true, alone: true },
  redis: { files: /^dist\/lib\/[\w./-]+\.spec\.js$/, run: 'mocha', within: true },
  ioredis: { files: /^test\/(?:functional|unit)\/[\w-]+\.js$/, run: 'mocha', within: true, alone: true },
  memcached: { files: /^test\/[\w-]+\.test\.js$/, run: 'mocha', within: true, alone: true },
  memjs: { files: /^test\/[\w-]+_test\.js$/, run: 'test', within: true },
  amqplib: { files: /^test\/(?!util|data)[\w-]+\.js$/, run: 'mocha', within: true, alone: true },
  'generic-pool': { files: /^test\/[\w-]+-test\.js$/, run: 'test', within: true },
  got: { files: /^dist\/test\/(?!helpers)[\w-]+\.js$/, run: 'ava' },
  graphql: { files: /^[\w/]+\/__tests__\/[\w-]+-test\.js$/, run: 'mocha', within: true },
  koa: { files: /^(?:test|__tests__)\/[\w./-]+\.test\.js$/, run: 'test' },
  ws: { files: /^test\/[\w-]+\.test\.js$/, run: 'mocha' },
  mocha: { files: /^test\/[\w./-]+\.js$/, run: 'mocha' },
  test: { files: /^test\/[\w./-]+\.test\.[cm]?js$/, run: 'test' }
}

const COLLECTIONS =
  'Node tells of a collection by an Immediate, which hooks on all that is begun see; the agent observes collections'

/** Test → why it may differ. A test is `suite: file > name`. */
export const KNOWN = {
  ...known('node', COLLECTIONS, [
    'async-hooks/test-disable-in-init.js',
    'async-hooks/test-enable-disable.js',
    'async-hooks/test-enable-in-init.js',
    'async-hooks/test-immediate.js',
    'parallel/test-async-hooks-enable-before-promise-resolve.js',
    'parallel/test-async-hooks-enable-recursive.js',
    'parallel/test-performance-gc.js',
    'parallel/test-process-getactiveresources-track-timer-lifetime.js'
  ]),
  ...known('node', 'counts the observers of collections inside Node', ['parallel/test-performanceobserver.js']),
  ...known('node', 'takes from arrays what Node needs to tell of a collection (20)', [
    'parallel/test-repl-autocomplete.js',
    'parallel/test-require-delete-array-iterator.js'
  ]),
  ...known('node', "replaces what node:dns is made of, after the agent's patch has loaded its promises", [
    'parallel/test-dns-default-order-ipv4.js',
    'parallel/test-dns-default-order-ipv6.js',
    'parallel/test-dns-default-order-verbatim.js',
    'parallel/test-dns-lookup-promises.js',
    'parallel/test-dns-lookup.js',
    'parallel/test-dns-lookupService.js',
    'parallel/test-dns-set-default-order.js'
  ]),
  ...known('node', 'counts the hooks inside Node', ['parallel/test-inspector-async-call-stack.js']),
  ...known('node', 'what is begun is marked, and prints so (Node 20 and 22)', [
    'parallel/test-util-inspect.js',
    'parallel/test-worker-message-port-inspect-during-init-hook.js'
  ]),
  ...known(
    'node',
    'with any AsyncLocalStorage: a timeout of node:vm that stops a promise of a vm module ends the process (Node 20)',
    ['sequential/test-vm-timeout-escape-promise-module-2.js']
  ),
  ...known(
    'node',
    'no setImmediate of its own, and a domain that it never leaves: at the first one Node warns (DEP0097)',
    ['parallel/test-domain-multi.js']
  )
}

function known(suite, reason, files) {
  return Object.fromEntries(files.map(file => [`${suite}: test/${file} > ends well`, reason]))
}
