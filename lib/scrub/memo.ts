// Remembers what a pure function made of a text: an application has few statements and runs them often.
//
// Bounded by count and by characters, least recently used first out. A long text is not kept: a piece of a string keeps the
// whole of it alive in V8, and the next long text is rarely the same.

const MAX_ENTRIES = 1000
const MAX_TEXT_CHARS = 4096
const MAX_CHARS = 1_000_000

export function memo<Result>(): (text: string, make: () => Result) => Result {
  const known = new Map<string, Result>()
  let chars = 0

  return (text, make) => {
    if (text.length > MAX_TEXT_CHARS) return make()
    let result = known.get(text)
    if (result !== undefined) known.delete(text)
    else {
      result = make()
      chars += text.length
    }
    known.set(text, result)
    while (known.size > MAX_ENTRIES || chars > MAX_CHARS) {
      const oldest = known.keys().next().value!
      known.delete(oldest)
      chars -= oldest.length
    }
    return result
  }
}
