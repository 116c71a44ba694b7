// Mocha's dots, why tests were skipped (test/harness/skip.ts), and the numbers at the end, with what failed, to the process that
// asked for them (scripts/check.mjs). The tests end with it.

const { reporters } = require('mocha')

module.exports = function report(runner, options) {
  const dots = new reporters.Dot(runner, options)
  const failed = []
  runner.on('fail', test => failed.push({ file: test.file, title: test.fullTitle(), isHook: test.type === 'hook' }))
  runner.once('end', () => {
    const reasons = globalThis[Symbol.for('perfagent.skipped')] ?? []
    for (const reason of reasons) console.log(`  skipped: ${reason}`)
    process.send?.({ ...dots.stats, failed })
  })
  process.once('disconnect', () => process.exit(1))
  // The listener alone would keep the runner alive after its last test.
  process.channel?.unref()
}
