import { type App, type AppOptions, runApp } from '../harness/app.js'

/** A service that has been explained once, at `/warm`: until the agent's thread reports, its own start may be what a request waited for. */
export async function runWarmApp(file: string, options: AppOptions): Promise<App> {
  const app = await runApp(file, options)
  await app.get('/warm')
  await app.reportOf('/warm')
  return app
}
