// Texts of others that are kept only to a length. Any thread. Pure.

/** A copy: of a part of a text V8 keeps the whole, however long that is. */
export const cut = (text: string, maxChars: number): string =>
  text.length > maxChars ? Buffer.from(text.slice(0, maxChars)).toString() : text
