// The span that stands for a request which came to no server: internal for a job, a consumer's for a message. Main thread.

import type { Work } from '../hook/work.js'
import { cut } from '../process/cut.js'
import { type SpanDetail, STATUS } from '../types.js'

const KINDS = { job: 1, message: 5 }
const MAX_NAME_CHARS = 200

/** A span that was told nothing yet. */
export const newSpanDetail = (name: string, kind: number, scope: SpanDetail['scope']): SpanDetail => ({
  name,
  kind,
  scope,
  attributes: {},
  events: [],
  links: [],
  status: { code: STATUS.unset, message: '' },
  dropped: { attributes: 0, events: 0, links: 0 }
})

export const nameOfWork = ({ name }: Work): string => cut(name, MAX_NAME_CHARS)

export const spanOfWork = (work: Work): SpanDetail => ({
  ...newSpanDetail(nameOfWork(work), KINDS[work.kind], { name: 'perfagent', version: '' }),
  attributes: { ...work.attributes }
})

export function failSpan({ status }: SpanDetail, message: string): void {
  status.code = STATUS.error
  status.message = message
}
