// A password hash on the main thread.

exports.app = () => {
  const { pbkdf2Sync } = require('node:crypto')
  const hashPassword = password => pbkdf2Sync(password, 'salt', 1_500_000, 64, 'sha512').toString('hex')
  return { routes: { '/login': () => hashPassword('secret') } }
}
exports.load = ({ get }) => get('/login')
exports.expect = { route: '/login', cause: 'cpu.own', culprit: /hashPassword/ }
