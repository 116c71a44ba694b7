// A password hash on the main thread, in one call: long enough to be slow on a fast machine, too (1.1 s; half of it was 0.45 at times).

const { item, seenByAnInnocentOne } = require('../innocent.js')

exports.app = ({ timed }) => {
  const { pbkdf2Sync } = require('node:crypto')
  const hashPassword = password => pbkdf2Sync(password, 'salt', 2_400_000, 64, 'sha512').toString('hex')
  return { routes: { '/login': () => timed(() => hashPassword('secret')), '/item': item } }
}
exports.short = true
exports.load = ({ get }) => get('/login')
exports.expect = { route: '/login', cause: 'cpu.own', culprit: /hashPassword/, ms: 'planted', measured: true }

exports.variants = {
  http: {},
  'seen by an innocent one': seenByAnInnocentOne('/login', 'hashPassword'),
  'express, scrypt': {
    framework: 'express',
    app: ({ timed }) => {
      const { scryptSync } = require('node:crypto')
      function hashPassword(password) {
        let hash = password
        for (const until = Date.now() + 700; Date.now() < until; ) hash = scryptSync(hash, 'salt', 64).toString('hex')
        return hash
      }
      return { routes: { '/login': () => timed(() => hashPassword('secret')) } }
    }
  }
}
