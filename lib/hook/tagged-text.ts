// The text of a statement that was written as a tagged template (`postgres` 3). Main thread, inside the application's stack.

/** A query, or a piece of SQL in it. */
interface Tagged {
  strings: readonly string[]
  args: readonly unknown[]
}

export const taggedText = (query: Tagged): string => textOf(query, 0)

const MAX_DEPTH = 4

/** Values are parameters, `$1`; pieces of SQL and names of columns are put in as the library will. */
function textOf({ strings, args }: Tagged, depth: number): string {
  let text = strings[0] ?? ''
  for (let i = 1; i < strings.length; i++) text += pieceOf(args[i - 1], i, depth) + strings[i]
  return text
}

function pieceOf(arg: unknown, number: number, depth: number): string {
  if (typeof arg !== 'object' || arg === null || depth === MAX_DEPTH) return `$${number}`
  const { strings, args } = arg as Partial<Tagged>
  if (Array.isArray(strings) && Array.isArray(args)) return textOf({ strings, args }, depth + 1)
  return arg.constructor?.name === 'Identifier' ? String((arg as { value?: unknown }).value) : `$${number}`
}
