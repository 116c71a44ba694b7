// A child process that nobody times.

exports.app = () => {
  const { execFile } = require('node:child_process')
  const convert = () =>
    new Promise(resolve => execFile(process.execPath, ['-e', 'setTimeout(() => {}, 700)'], () => resolve('converted')))
  return { routes: { '/convert': convert } }
}
exports.load = ({ get }) => get('/convert')
exports.expect = { route: '/convert', cause: 'unknown', culprit: /does not time/ }
