// mongodb.js with the driver as an ES module imports it.

import * as driver from 'mongodb'
import start from './mongodb.js'

start(driver)
