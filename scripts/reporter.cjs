// Mocha's dots, and the numbers at the end to the process that asked for them (scripts/check.mjs).

const { reporters } = require('mocha')

module.exports = function report(runner, options) {
  const dots = new reporters.Dot(runner, options)
  runner.once('end', () => process.send?.(dots.stats))
}
