// Every library that is known. The order is that of the README; none depends on another.

import type { Instrumentation } from '../lib/hook/index.js'
import { express } from './express.js'
import { http } from './http.js'
import { httpClient } from './http_client.js'
import { pg } from './pg.js'
import { undici } from './undici.js'

export const instrumentations: Instrumentation[] = [express, http, httpClient, pg, undici]
