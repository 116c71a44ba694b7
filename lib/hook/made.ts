// Finds classes that a library does not export, as a bundle has them: the library is asked for something, and the objects that it makes
// meanwhile lead to their classes. Main thread, synchronous, while the library is loaded.
//
// The classes must be emitters, because each constructor of an emitter calls `EventEmitter.init` (Node 20 to 26).

interface Emitters {
  init(this: object, ...args: unknown[]): void
}

/** The prototypes of all emitters that are made inside `make`. It is given a list of those that were made so far; `known` is any emitter. */
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
