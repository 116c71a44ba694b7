// bullmq.js with bullmq as an ES module imports it.

import * as bullmq from 'bullmq'
import start from './bullmq.js'

start(bullmq)
