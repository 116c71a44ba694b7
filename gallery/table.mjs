// The gallery's results as text, one line for each variant of a case; of several rounds the worst is shown.

import { styleText } from 'node:util'

const MAX_CHARS = 44
const HEAD = ['case', 'planted', 'said', 'ms', 'share', 'culprit', 'right']

export function table(rows) {
  const byVariant = new Map()
  for (const row of rows) {
    const key = `${row.name} ${row.variant}`
    byVariant.set(key, [...(byVariant.get(key) ?? []), row])
  }
  const shown = [...byVariant.values()].map(lineOf)
  const widths = HEAD.map((head, i) => Math.max(head.length, ...shown.map(line => line.cells[i].length)))
  const textOf = cells =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd()
  return [
    '',
    textOf(HEAD),
    ...shown.map(({ cells, right }) => (right ? textOf(cells) : styleText('red', textOf(cells)))),
    ''
  ].join('\n')
}

function lineOf(rounds) {
  const row = rounds.find(({ right }) => !right) ?? rounds[0]
  const rightOnes = rounds.filter(({ right }) => right).length
  const verdict = row.cause
    ? `${row.cause}${row.confidence === 'measured' ? '' : ' (inferred)'}`
    : row.said.slice(0, MAX_CHARS)
  const right = rightOnes === rounds.length
  const word = row.wrongly ? 'WRONG, measured' : right ? 'right' : 'wrong'
  const cells = [
    row.variant ? `${row.name}/${row.variant}` : row.name,
    row.plantedMs === undefined ? row.planted : `${row.planted} ${row.plantedMs} ms`,
    verdict,
    row.ms === undefined ? '' : String(Math.round(row.ms)),
    row.share === undefined ? '' : `${Math.round(row.share * 100)} %`,
    (row.culprit ?? '').replace(/\s+/g, ' ').slice(0, MAX_CHARS),
    rounds.length === 1 ? word : `${word} ${rightOnes}/${rounds.length}`
  ]
  return { cells, right }
}
