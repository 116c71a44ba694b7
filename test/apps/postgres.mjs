// As postgres.js, imported.

import postgres from 'postgres'
import start from './postgres.js'

start(postgres)
