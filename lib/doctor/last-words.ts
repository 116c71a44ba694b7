// Why a program ended, out of what it wrote on stderr: one line. Pure.

/** Behind an exception that nobody caught Node writes its stack, what else the error has, and at the end its own version. */
const UNCAUGHT = /\nNode\.js v\S+$/
/** Of `Error: no such table`, `TypeError [ERR_INVALID_ARG_TYPE]: …`; a cause is indented. */
const NAME = /^(?:Uncaught )?([\w.]+)/
const NODES_OWN = /^(?:Node\.js v\S+|\(Use `node .*\))$/

/** '' when it wrote nothing. */
export function lastWords(stderr: string): string {
  const said = stderr.trim()
  const lines = said.split('\n').filter(line => line.trim() !== '' && !NODES_OWN.test(line))
  const error = UNCAUGHT.test(said) ? lines.findLast(isError) : undefined
  return error ?? lines.at(-1) ?? ''
}

function isError(line: string): boolean {
  const name = NAME.exec(line)?.[1] ?? ''
  return (name.endsWith('Error') || name.endsWith('Exception')) && line.includes(':')
}
