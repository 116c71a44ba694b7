// As hono.js, imported.

import * as server from '@hono/node-server'
import * as hono from 'hono'
import start from './hono.js'

start(hono, server)
