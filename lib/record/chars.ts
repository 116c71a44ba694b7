// Tells characters apart without regular expressions. Pure. What the agent thread asks of a thread (answers.ts) runs on top of
// whatever runs there, be it in the middle of a regular expression; and one inside another is what V8 does not bear: both use one
// stack, and what the outer one goes back to is then overwritten, or free. The process died of it on Node 20.20: a service in
// which 200 slow requests were in flight, 7 of some 60 times within four seconds.

export const isDigit = (char: number): boolean => char >= 0x30 && char <= 0x39
export const isLower = (char: number): boolean => char >= 0x61 && char <= 0x7a
/** Lower case, as all specifications of trace headers want it. */
const isHexDigit = (char: number): boolean => isDigit(char) || (char >= 0x61 && char <= 0x66)

/** Of no text, too. */
export function isHex(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isHexDigit(text.charCodeAt(i))) return false
  return true
}

export function isZeros(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text[i] !== '0') return false
  return true
}

/** Tabs and what ASCII prints. */
export function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if ((char < 0x20 && char !== 0x09) || char > 0x7e) return false
  }
  return true
}
