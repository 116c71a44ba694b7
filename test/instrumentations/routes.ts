// What the tests of frameworks share: each path of a program gives a report of a request, with the route.

import assert from 'node:assert/strict'
import { type AppOptions, runApp } from '../harness/app.js'

/** `routes`: path → the route that its report must have. `stderr`: what the library itself may say. */
export function tellsRoutes(
  title: string,
  file: string,
  routes: Record<string, string>,
  options?: AppOptions,
  stderr?: RegExp
): void {
  it(`${title}: ${Object.values(routes).join(', ')}`, async () => {
    const app = await runApp(file, options)
    const told: Record<string, string> = {}
    for (const path of Object.keys(routes)) {
      await app.get(path)
      told[path] = (await app.report(({ request }) => request.path === path)).request.route
    }
    assert.deepEqual(told, routes)
    await app.stop(stderr && { stderr })
  })
}
