// Which tests run on which line of Node: what scripts/nodes.mjs runs, and what docs/compatibility.md says.

const ALL = ['dist/test/**/*.test.js']
const CORE = [
  'dist/test/*.test.js',
  'dist/test/{agent,api,evidence,export,hook,instrumentations,otlp,record,scrub,trust,verdict}/**/*.test.js'
]

/** Line → what is told of it, and its tests. */
export const LINES = {
  20: { told: 'all tests', tests: ALL },
  22: { told: 'the core: agent, hooks, every library, verdicts, exporters', tests: CORE },
  24: { told: 'all tests', tests: ALL },
  26: { told: 'the core', tests: CORE }
}
