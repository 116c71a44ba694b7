// What scripts/dashboards.mjs makes.

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './program.js'

export interface Dashboards {
  files(): Record<string, string>
  dashboard(): { panels: { title: string; targets: { expr: string }[] }[] }
  ALERTS: { alert: string; expr: string }[]
  RECORDED: { record: string; expr: string }[]
}

export const loadDashboards = (): Promise<Dashboards> =>
  import(pathToFileURL(path.join(ROOT, 'scripts/dashboards.mjs')).href)
