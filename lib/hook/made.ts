// Classes that a library does not export, as those inside a bundle: found by what is made while it is asked for something. Main thread,
// synchronous, while the library is loaded.
//
// They must be emitters, whose constructor calls `EventEmitter.init` (Node 20 to 26).

interface Emitters {
  init(this: object, ...args: unknown[]): void
}

/** The prototypes of all emitters that `make` makes, which is given those that there are so far; `known` is such an emitter. */
export function prototypesMade(known: object, make: (made: object[]) => void): Set<object> {
  const [last] = chainOf(known).slice(-1) as [{ constructor: Emitters }]
  const emitters = last.constructor
  const { init } = emitters
  const made: object[] = []
  emitters.init = function (...args) {
    made.push(this)
    init.apply(this, args)
  }
  try {
    make(made)
  } finally {
    emitters.init = init
  }
  const found = new Set(made.flatMap(chainOf))
  found.delete(last)
  return found
}

/** Up to EventEmitter's. */
function chainOf(object: object): object[] {
  const prototype = Object.getPrototypeOf(object)
  return prototype === Object.prototype ? [] : [prototype, ...chainOf(prototype)]
}
