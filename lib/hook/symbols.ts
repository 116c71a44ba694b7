// What a library keeps to itself under a symbol that it does not export, found by the symbol's description. Main thread.

export type Fields = Record<symbol, unknown>

export function ofSymbol(holder: Fields, description: string): unknown {
  const symbol = symbolOf(holder, description)
  return symbol && holder[symbol]
}

export const symbolOf = (holder: Fields, description: string): symbol | undefined =>
  Object.getOwnPropertySymbols(holder).find(each => each.description === description)
