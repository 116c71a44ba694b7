// A regular expression that tries every way.

const { item, seenByAnInnocentOne } = require('../innocent.js')

const isTag = text => /^(\w+\s?)*$/.test(text)
/** Again and again for so long: the machine may be faster than when the text was made. */
function areTags(text) {
  let all = true
  for (const until = Date.now() + 700; Date.now() < until; ) all = isTag(text) && all
  return all
}
/** Each letter more takes twice as long: as many as take 0.3 s here. */
function hostile() {
  for (let letters = 18; ; letters++) {
    const text = `${'a'.repeat(letters)}!`
    const start = performance.now()
    isTag(text)
    if (performance.now() - start > 300) return text
  }
}

exports.app = ({ timed }) => {
  const text = hostile()
  return { routes: { '/check': () => timed(() => areTags(text)) } }
}
exports.load = ({ get }) => get('/check')
exports.expect = { route: '/check', cause: 'cpu.own', culprit: /isTag/, ms: 'planted', measured: true }

exports.variants = {
  http: {},
  express: { framework: 'express' },
  'seen by an innocent one': {
    app() {
      const text = hostile()
      return {
        routes: { '/check': () => areTags(text), '/item': item }
      }
    },
    load: async ({ get, pause }) => {
      const innocent = get('/item')
      await pause(30)
      const start = performance.now()
      await get('/check')
      const ms = performance.now() - start
      await innocent
      return ms
    },
    expect: seenByAnInnocentOne('/check', 'isTag').expect
  }
}
