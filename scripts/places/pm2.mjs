// PM2, its fork mode and its cluster mode, in the foreground (pm2-runtime), with a home of its own.

const SERVER = `require('node:http').createServer((req, res) => setTimeout(() => res.end(String(process.pid)), 100))
  .listen(PORT, '127.0.0.1', () => console.log('listening on PORT'))`
const PORTS = { fork: 4556, cluster: 4557 }

export const pm2 = {
  packages: ['pm2'],
  async tried(here, say) {
    here.write('shop/package.json', '{ "name": "pm2-shop" }')
    for (const [mode, port] of Object.entries(PORTS)) {
      here.write(`shop/server-${mode}.js`, SERVER.replaceAll('PORT', port))
      const app = {
        name: `shop-${mode}`,
        script: `shop/server-${mode}.js`,
        exec_mode: mode,
        instances: mode === 'cluster' ? 2 : 1,
        node_args: '--require perfagent/register'
      }
      here.write(`${mode}.config.js`, `module.exports = { apps: [${JSON.stringify(app)}] }`)
      const env = { PM2_HOME: `${here.folder}/${mode}` }
      const program = await here.start(['node_modules/pm2/bin/pm2-runtime', 'start', `${mode}.config.js`], env)
      const pids = new Set()
      for (let i = 0; i < 6; i++) pids.add(Number(await program.get('/late')))
      for (const pid of pids) {
        const { service } = await program.report('/late', report => report.service.pid === pid)
        if (service.name !== 'pm2-shop') throw new Error(`${mode}: the service is called ${service.name}`)
      }
      await program.end()
      say(`${mode} mode: reports of ${pids.size} process${pids.size === 1 ? '' : 'es'}, named by its package.json`)
    }
  }
}
