// Outlets of the export, made of options, and the backends that they send to: closed after each test, outlets first. Called in a
// describe, or at the head of a file.

import { createExport, type Export } from '../../lib/export/index.js'
import { type Options, readConfig } from '../../lib/options/config.js'
import { sampleReport } from '../sample-report.js'
import { type Backend, startBackend } from './backend.js'

export interface Outlets {
  outletOf(options: Options): Export
  backendThat(answer?: Backend['answer']): Promise<Backend>
  /** What the outlets of this test have said. */
  lines: string[]
  /** What closes whatever else the test has opened, in the order in which it is closed. */
  open: (() => unknown)[]
}

export function outlets(): Outlets {
  const open: (() => unknown)[] = []
  const lines: string[] = []
  beforeEach(() => {
    lines.length = 0
  })
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })

  return {
    open,
    lines,
    outletOf(options) {
      const { config } = readConfig({ env: {}, code: options })
      const log = (_: string, text: string): void => void lines.push(text)
      const outlet = createExport({ config, service: sampleReport().service, colors: false, log })
      open.unshift(() => outlet.stop())
      return outlet
    },
    async backendThat(answer) {
      const backend = await startBackend(answer)
      open.push(() => backend.close())
      return backend
    }
  }
}
