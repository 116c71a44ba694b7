// grpc.js with @grpc/grpc-js as an ES module imports it.

import grpc from '@grpc/grpc-js'
import start from './grpc.js'

start(grpc)
