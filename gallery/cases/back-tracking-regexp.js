// A regular expression that tries every way.

exports.app = () => {
  const isTag = text => /^(\w+\s?)*$/.test(text)
  return { routes: { '/check': () => isTag(`${'a'.repeat(28)}!`) } }
}
exports.load = ({ get }) => get('/check')
exports.expect = { route: '/check', cause: 'cpu.own', culprit: /isTag/ }
