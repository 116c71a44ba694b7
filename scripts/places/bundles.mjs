// One service with a patched framework (koa), bundled by webpack and by rollup: with everything inside, and with koa left outside.

const SERVER = `const http = require('node:http')
const Koa = require('koa')
const { Router } = require('@koa/router')
const router = new Router()
router.get('/shop/:tenant', async ctx => {
  await new Promise(resolve => setTimeout(resolve, 100))
  ctx.body = 'late'
})
const server = http.createServer(new Koa().use(router.routes()).callback())
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
`
const OUTSIDE = ['koa', '@koa/router']
const BUILD = {
  webpack: external => `require('webpack')({
    mode: 'production', target: 'node', entry: './server.js', externals: ${JSON.stringify(Object.fromEntries(external.map(name => [name, `commonjs2 ${name}`])))},
    output: { path: __dirname, filename: 'out.cjs' }
  }, (error, stats) => { if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1) } })`,
  rollup: external => `(async () => {
    const bundle = await require('rollup').rollup({
      input: './server.js', external: ${JSON.stringify(external)}, onwarn() {},
      plugins: [require('@rollup/plugin-node-resolve').default({ preferBuiltins: true, exportConditions: ['node'] }),
        require('@rollup/plugin-commonjs').default({ ignoreDynamicRequires: true }), require('@rollup/plugin-json').default()]
    })
    await bundle.write({ file: 'out.cjs', format: 'cjs' })
  })().catch(error => { console.error(error); process.exit(1) })`
}

export const bundles = {
  packages: [
    'webpack',
    'rollup',
    '@rollup/plugin-node-resolve',
    '@rollup/plugin-commonjs',
    '@rollup/plugin-json',
    ...OUTSIDE
  ],
  async tried(here, say) {
    here.write('server.js', SERVER)
    for (const [bundler, build] of Object.entries(BUILD)) {
      for (const [external, route] of [
        [[], '/shop/acme'],
        [OUTSIDE, '/shop/:tenant']
      ]) {
        here.write('build.cjs', build(external))
        here.run(process.execPath, ['build.cjs'])
        const program = await here.start(['--require', 'perfagent/register', 'out.cjs'])
        await program.get('/shop/acme')
        const { request } = await program.report('/shop/acme')
        await program.end()
        const how = `${bundler}, ${external.length === 0 ? 'all inside' : 'koa outside'}`
        if (request.route !== route) throw new Error(`${how}: ${request.route}, not ${route}`)
        say(`${how}: ${route}`)
      }
    }
  }
}
