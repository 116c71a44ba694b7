// An innocent request: it waits for a timer of 100 ms, and longer only because another route holds the event loop.

exports.item = () => new Promise(resolve => setTimeout(resolve, 100, 'item'))

/** A variant of a case that has `item` as `/item`; `culprit` is the code of the route that is to blame. */
exports.seenByAnInnocentOne = (path, culprit) => ({
  load: async ({ get, pause }) => {
    const innocent = get('/item')
    await pause(30)
    await Promise.all([innocent, get(path)])
  },
  expect: {
    route: '/item',
    cause: 'loop.blocked',
    culprit: new RegExp(`GET ${path}.*(?:${culprit})|(?:${culprit}).*GET ${path}`),
    measured: undefined
  }
})
