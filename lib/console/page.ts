// The built page's files, read once. Every address that is not a file is a view, which the page itself finds.

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DIST } from '../place.js'
import type { Sent } from './api.js'

const FOLDER = path.join(DIST, 'page')
const TYPES: Record<string, string> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8'
}
const NOT_BUILT = '<!doctype html><title>perfagent</title><p>The page is not built: npm run build.'

export type Page = (pathname: string) => Sent | undefined

export function createPage(): Page {
  const files = new Map<string, Sent>()
  for (const [name, type] of Object.entries(TYPES)) {
    const file = path.join(FOLDER, name)
    if (existsSync(file)) files.set(`/${name}`, { type, body: readFileSync(file) })
  }
  const index = files.get('/index.html') ?? { type: TYPES['index.html']!, body: NOT_BUILT }
  return pathname => files.get(pathname) ?? (/\.\w+$/.test(pathname) ? undefined : index)
}
