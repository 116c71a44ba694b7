// Routes of hapi 20.3 to 21 (20.0 itself fails on Node 20). Each of its requests knows its route from the moment of the look-up
// on; `Request.generate`, by which its core makes them, is patched so that Node's request leads to it.

import { apply, createStamp, type Instrumentation, wrapFunction } from '../lib/hook/index.js'

/** What is read of hapi's request. */
interface HapiRequest {
  route?: { method?: unknown; path?: unknown }
}

const requests = createStamp<HapiRequest>()

/** The route of requests for which there is none, and of those not yet looked up. */
const NONE = '_special'

export const hapi: Instrumentation = {
  name: 'hapi',
  supports: 'routes of `@hapi/hapi` 20.3 to 21',
  routes: [
    {
      ofRequest: (request: object) => {
        const route = requests.of(request)?.route
        return typeof route?.path === 'string' && route.method !== NONE ? route.path : undefined
      }
    }
  ],
  patches: [{ module: '@hapi/hapi', file: 'lib/request.js', versions: '>=20.3 <22', apply: patchRequest }]
}

/** `generate(server, req, res, options)` */
function patchRequest(Request: object): void {
  wrapFunction(
    Request,
    'generate',
    generate =>
      function (this: unknown, ...args: unknown[]) {
        const request = apply(generate, this, args)
        if (typeof args[1] === 'object' && args[1] !== null) requests.put(args[1], request as HapiRequest)
        return request
      }
  )
}
