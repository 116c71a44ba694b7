// Puts a function of ours in the place of a library's. Main thread.
//
// Kept true: whoever looks at the function sees no difference. It has the name, the `length` (Express counts parameters) and the own
// properties of the original, and is as enumerable. What happens to `this`, arguments and results is up to the replacement.

/** A replacement is written as a method of an object, because a method has no `prototype` of its own, as those of classes have none. */
export type Callable = (this: unknown, ...args: unknown[]) => unknown
type Holder = Record<PropertyKey, unknown>

/**
 * Replaces `holder[name]` by `replace(original)`. False when it is no function. The replacement is not marked as one: OpenTelemetry's
 * instrumentations (0.208) take off whatever wears shimmer's mark, whoever put it on, before they put on their own.
 */
export function wrapFunction(holder: object, name: PropertyKey, replace: (original: Callable) => Callable): boolean {
  const original = (holder as Holder)[name]
  if (typeof original !== 'function') return false
  Object.defineProperty(holder, name, {
    value: disguise(replace(original as Callable), original as Callable),
    enumerable: isEnumerable(holder, name),
    configurable: true,
    writable: true
  })
  return true
}

/**
 * As wrapFunction, until the returned undo is called. If somebody else has replaced the function since, ours stays beneath theirs; so
 * after the undo it must do nothing but call the original.
 */
export function wrapForNow(holder: object, name: PropertyKey, replace: (original: Callable) => Callable): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name)
  if (!wrapFunction(holder, name, replace)) return () => {}
  const ours = (holder as Holder)[name]
  return () => {
    if (Object.getOwnPropertyDescriptor(holder, name)?.value !== ours) return
    if (before) Object.defineProperty(holder, name, before)
    else Reflect.deleteProperty(holder, name)
  }
}

/** The same for a function that is the property of nothing: a callback, a handler. */
export function wrapLoose(fn: Callable, replace: (original: Callable) => Callable): Callable {
  const holder = { fn }
  wrapFunction(holder, 'fn', replace)
  return holder.fn
}

/** As the holder's own property, or as the prototype's that it comes from. */
const isEnumerable = (holder: object | null, name: PropertyKey): boolean =>
  holder !== null &&
  (Object.getOwnPropertyDescriptor(holder, name)?.enumerable ?? isEnumerable(Object.getPrototypeOf(holder), name))

function disguise(replacement: Callable, original: Callable): Callable {
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'arguments' || key === 'caller') continue
    Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key)!)
  }
  return replacement
}
