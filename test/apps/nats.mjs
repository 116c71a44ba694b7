// As nats.js, imported.

import * as nats from '@nats-io/transport-node'
import start from './nats.js'

start(nats)
