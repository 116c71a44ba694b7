// Numbers and tables as `perfagent kernel` prints them. Pure.

import { escapeControls } from '../process/plain.js'

export const ms = (value: number): string =>
  value >= 100
    ? `${Math.round(value)}`
    : value >= 10
      ? value.toFixed(1)
      : value >= 0.1
        ? value.toFixed(2)
        : value.toFixed(3)

export const count = (value: number): string => (value >= 10 ? `${Math.round(value)}` : value.toFixed(1))

export const bytes = (value: number): string =>
  value >= 1 << 20
    ? `${(value / (1 << 20)).toFixed(1)} MiB`
    : value >= 1024
      ? `${Math.round(value / 1024)} KiB`
      : `${value} B`

/** `1 packet`, `3 packets`. */
export const plural = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

/** Names of files and processes are not ours: a terminal shows them and does nothing. */
export const plain = escapeControls

/** Numbers are set flush right, the last column is left as it is. */
export function table(head: string[], rows: string[][]): string[] {
  const lines = [head, ...rows].map(row => row.map(plain))
  const widths = head.map((_, i) => Math.max(...lines.map(row => row[i]!.length)))
  const isNumber = head.map((_, i) => rows.every(row => /^[\d.]+$/.test(row[i]!)))
  return lines.map(row =>
    row
      .map((cell, i) =>
        isNumber[i] ? cell.padStart(widths[i]!) : i === row.length - 1 ? cell : cell.padEnd(widths[i]!)
      )
      .join('  ')
      .trimEnd()
  )
}
