// Text that is not ours, as it may be shown. Pure.

/**
 * One line stays one, and a terminal does nothing but show it: \x9b begins a command as \x1b[ does, and from \u202e on text is shown from
 * right to left.
 */
export const escapeControls = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, char => `\\x${hex(char, 2)}`)

/** The same document: JSON has these in texts alone, and `JSON.stringify` leaves them as they are. */
export const escapeJson = (json: string): string =>
  json.replace(/[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, char => `\\u${hex(char, 4)}`)

const hex = (char: string, digits: number): string => char.charCodeAt(0).toString(16).padStart(digits, '0')
