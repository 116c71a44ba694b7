// Which tests run on which line of Node: what scripts/nodes.mjs runs, and what docs/compatibility.md says.

/** Folders of test/; `.` are the files beside them. */
const CORE = [
  '.',
  'agent',
  'api',
  'evidence',
  'export',
  'hook',
  'instrumentations',
  'otlp',
  'record',
  'scrub',
  'trust',
  'verdict'
]

/** Line → what is told of it, and the folders whose tests run on it: all and the gallery, where none are named. */
export const LINES = {
  20: { told: 'all tests, and the short part of the gallery' },
  22: { told: 'the core: agent, hooks, every library, verdicts, exporters', folders: CORE },
  24: { told: 'all tests, and the short part of the gallery' },
  26: { told: 'the core', folders: CORE }
}
