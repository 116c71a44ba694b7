// Next.js, built and started, with perfagent by NODE_OPTIONS and by its own instrumentation.js: pages and API routes of both routers.

const LATE = 'await new Promise(resolve => setTimeout(resolve, 100))'
const FILES = {
  'next.config.mjs': "export default { serverExternalPackages: ['perfagent'] }",
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>',
  'app/orders/[id]/page.js': `export default async function Page() { ${LATE}; return <p>order</p> }`,
  'app/api/items/[id]/route.js': `export async function GET() { ${LATE}; return Response.json({}) }`,
  'pages/old/[slug].js': `export async function getServerSideProps() { ${LATE}; return { props: {} } }
    export default () => <p>old</p>`,
  'pages/api/legacy/[id].js': `export default async (_, res) => { ${LATE}; res.json({}) }`
}
const ROUTES = {
  '/orders/some-order': '/orders/[id]',
  '/api/items/some-item': '/api/items/[id]',
  '/old/some-slug': '/old/[slug]',
  '/api/legacy/some-thing': '/api/legacy/[id]'
}
const REGISTERS = `export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('perfagent/register')
}`
const NEXT = 'node_modules/next/dist/bin/next'
const PORT = 4555

export const next = {
  packages: ['next', 'react', 'react-dom'],
  async tried(here, say) {
    const env = { NEXT_TELEMETRY_DISABLED: '1' }
    for (const [file, text] of Object.entries(FILES)) here.write(file, text)
    here.run(process.execPath, [NEXT, 'build'], env)
    say(`NODE_OPTIONS: ${await routes(here, { ...env, NODE_OPTIONS: '--require perfagent/register' })}`)
    here.write('instrumentation.js', REGISTERS)
    here.run(process.execPath, [NEXT, 'build'], env)
    say(`instrumentation.js: ${await routes(here, env)}`)
  }
}

async function routes(here, env) {
  const program = await here.start(
    [NEXT, 'start', '-p', String(PORT), '-H', '127.0.0.1'],
    env,
    /(?:localhost|127\.0\.0\.1):(\d+)[\s\S]*Ready/
  )
  // instrumentation.js is run at the server's first request, which is not seen.
  await program.get('/warm')
  for (const [path, route] of Object.entries(ROUTES)) {
    await program.get(path)
    const { request } = await program.report(path)
    if (request.route !== route) throw new Error(`${path} is ${request.route}, not ${route}`)
  }
  await program.end()
  const paths = program.all().map(({ request }) => request.path)
  if (new Set(paths).size !== paths.length) throw new Error(`a request was told twice: ${paths.join(' ')}`)
  return Object.values(ROUTES).join(' ')
}
