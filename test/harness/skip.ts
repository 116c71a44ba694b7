// Tests that cannot run here say why. The reporter of `npm run check` (scripts/reporter.cjs) repeats the reasons at its end, so that
// nobody has to ask what the number of skipped tests stands for.

const KEY = Symbol.for('perfagent.skipped')
const shared = globalThis as { [KEY]?: Set<string> }

/** Of what `npm run check` does not try. */
export const LONG_FORM = 'the long form alone tries it: npm run check:trust'

export function skip(test: { skip(): never }, reason: string): never {
  shared[KEY] ??= new Set()
  shared[KEY].add(reason)
  test.skip()
}
