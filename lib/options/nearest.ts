// Which name somebody probably meant by one that does not exist. Pure.

/** To find the nearest of so many letters takes 0.5 ms (Node 20). */
const MAX_CHARS = 100
/** So many wrong letters are a slip; more may be another name. */
const SLIP = 2
/** In a short name one wrong letter makes another word. */
const LETTERS_OF_A_SLIP = 3
/** `ms` and `max` are in names that have nothing else in common. */
const LETTERS_OF_A_WORD = 4

/** Undefined where that would be a guess: what somebody is told to write, he writes. */
export function nearest(name: string, candidates: string[]): string | undefined {
  const given = name.slice(0, MAX_CHARS)
  const words = wordsOf(given)
  if (words.length === 0) return undefined
  const meant = words.map(word => ELSEWHERE_CALLED[word] ?? word)
  const near = closest(given, candidates)
  const slip = Math.min(SLIP, Math.floor(words.join('').length / LETTERS_OF_A_SLIP))
  if (meant.join() === words.join() && distance(given, near) <= slip) return near
  // A word too many or too few, as in PERFAGENT_ENDPOINT, is more letters than those of another word.
  const related = candidates.filter(candidate => {
    const those = wordsOf(candidate)
    return meant.every(word => those.includes(word)) || those.every(word => meant.includes(word))
  })
  const sharing = candidates.filter(candidate =>
    wordsOf(candidate).some(word => meant.some(other => alike(word, other)))
  )
  const found = related.length > 0 ? related : sharing
  // By words, in which `URL` is `ENDPOINT`: PERFAGENT_SERVER_URL has as many letters as PERFAGENT_ALERT_ENDPOINT.
  return found.length > 0 ? closest(meant.join('_'), found, candidate => wordsOf(candidate).join('_')) : undefined
}

/** What other agents call it. */
const ELSEWHERE_CALLED: Record<string, string> = {
  debug: 'level',
  disabled: 'enabled',
  logging: 'level',
  sampling: 'sample',
  threshold: 'slow',
  url: 'endpoint'
}

const alike = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= LETTERS_OF_A_WORD && (a.startsWith(b) || b.startsWith(a))

/** Undefined where that would be a guess. */
export function meantBy(name: string, candidates: string[]): string | undefined {
  const given = name.slice(0, MAX_CHARS)
  const near = closest(given, candidates)
  return distance(given, near) <= SLIP ? near : undefined
}

const closest = (given: string, candidates: string[], written = (candidate: string) => candidate): string =>
  candidates.reduce((best, next) => (distance(given, written(next)) < distance(given, written(best)) ? next : best))

/** Of a variable and of an option's name in code. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_')
    .filter(word => word !== '' && !ANYTHING.includes(word))

/** What stands in names of any option. */
const ANYTHING = ['perfagent', 'agent', 'server']

/** Levenshtein's, by rows. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const here = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      here.push(Math.min(changed, above[j]! + 1, here[j - 1]! + 1))
    }
    above = here
  }
  return above[b.length]!
}
