// The application's main file. Asked on its main thread, late: a preloaded agent is there before it.

import { environment } from './options/config.js'

/** PM2 (7.0) starts a file of its own, in both its modes, which loads the application's. */
const PM2 = /[\\/]pm2[\\/]lib[\\/]ProcessContainer(?:Fork)?\.js$/

export function applicationFile(): string {
  const started = require.main?.filename ?? process.argv[1] ?? ''
  return PM2.test(started) ? (environment()['pm_exec_path'] ?? started) : started
}
