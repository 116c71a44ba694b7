// What `npm run check:trust` prints at its end: of each promise, how much was tried and how much was lost. Also how long a test may
// take: a part of each promise is tried in `npm run check`, all of it when PERFAGENT_TRUST is `long`.

import { appendFileSync } from 'node:fs'

export const LONG = process.env['PERFAGENT_TRUST'] === 'long'
/** How long `soak.test.ts` takes, where somebody asks for more than the long form: `PERFAGENT_TRUST_MINUTES=10`. */
export const MINUTES = Number(process.env['PERFAGENT_TRUST_MINUTES'] ?? 0)
const FILE = process.env['PERFAGENT_TRUST_TABLE']

/** How many inputs to try: many in the long form. */
export const inputs = (few: number, many: number): number => (LONG ? many : few)

export function tried(promise: string, count: number, losses: number, figure = ''): void {
  if (FILE) appendFileSync(FILE, `${JSON.stringify({ promise, count, losses, figure })}\n`)
}
