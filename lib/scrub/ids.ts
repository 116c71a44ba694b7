// Tells the words of a key or a path from the ids in it. Pure. Fails closed: only what looks like a word stays.

/** Longer runs of letters are tokens more often than words. */
const WORD_MAX_CHARS = 32
const WORD = /^(?:[A-Za-z]+|v\d{1,2})$/
const HEX_LETTERS = /^[a-f]{8,}$/i
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi
/** Parts of one id: `2026-11-23`, `10.0.0.1`, `order_17_b2`. */
const JOINED_IDS = /\?(?:[-._]\?)+/g

/** `user:1f3c:cart-7` → `user:?:cart-?`: every part between separators that is no word becomes `?`. */
export const withoutIds = (text: string): string =>
  text
    .replace(UUID, '?')
    .replace(/[^\s:/.\-_{}]+/g, part => (part === '*' || isWord(part) ? part : '?'))
    .replace(JOINED_IDS, '?')

/** Random letters change case more often than camelCase does. */
function isWord(part: string): boolean {
  if (part.length > WORD_MAX_CHARS || !WORD.test(part) || HEX_LETTERS.test(part)) return false
  const humps = part.match(/[a-z][A-Z]/g)?.length ?? 0
  return part.length < 8 || humps * 5 <= part.length
}
