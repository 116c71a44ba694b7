// As graphql.js, imported.

import * as graphql from 'graphql'
import start from './graphql.js'

start(graphql)
