// W3C's tracestate as the API has it. Pure.

import type { TraceState } from '@opentelemetry/api'

const MAX_MEMBERS = 32

export class PlainTraceState implements TraceState {
  readonly #members: [key: string, value: string][]

  constructor(header: string | [string, string][]) {
    this.#members =
      typeof header === 'string'
        ? header.split(',').flatMap((member): [string, string][] => {
            const equals = member.indexOf('=')
            return equals > 0 ? [[member.slice(0, equals), member.slice(equals + 1)]] : []
          })
        : header
  }

  get(key: string): string | undefined {
    return this.#members.find(([name]) => name === key)?.[1]
  }

  /** What is changed comes first. */
  set(key: string, value: string): TraceState {
    const others = this.#members.filter(([name]) => name !== key)
    return new PlainTraceState([[key, value] as [string, string], ...others].slice(0, MAX_MEMBERS))
  }

  unset(key: string): TraceState {
    return new PlainTraceState(this.#members.filter(([name]) => name !== key))
  }

  serialize(): string {
    return this.#members.map(([key, value]) => `${key}=${value}`).join(',')
  }
}
