// Version ranges of patches: comparators joined by spaces, all of which must hold. Pure. Pre-release tags are ignored
// (`8.0.0-rc.1` counts as 8.0.0): a library in testing is hooked like the release that it becomes.

const COMPARATOR = /^(>=|<=|>|<|=)?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/

export function satisfies(version: string, range: string): boolean {
  return range.split(' ').every(comparator => {
    const match = COMPARATOR.exec(comparator)
    if (!match) throw new Error(`'${comparator}' is no version comparator`)
    const order = compare(
      numbers(version),
      [match[2], match[3], match[4]].map((part = '0') => Number(part))
    )
    switch (match[1]) {
      case '>=':
        return order >= 0
      case '<=':
        return order <= 0
      case '>':
        return order > 0
      case '<':
        return order < 0
      default:
        return order === 0
    }
  })
}

const numbers = (version: string): number[] => version.replace(/^v/, '').split(/[-+]/, 1)[0]!.split('.').map(Number)

function compare(a: number[], b: number[]): number {
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
