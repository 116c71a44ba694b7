// The options of a running agent, as it tells a console of ours. Types only.

export interface InForce {
  /** Those that can change, and those that are not as by default. */
  options: OptionInForce[]
  /** The names that `disable` knows. */
  instrumentations: string[]
  /** What is wrong with what the console said last: it changed nothing. */
  problems: string[]
}

export interface OptionInForce {
  name: string
  /** As in an environment variable, without secrets. */
  text: string
  /** `code`, a variable's name, `config file`, `console`, `default`. */
  source: string
  live: boolean
}
