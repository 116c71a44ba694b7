// What views sum up, by keys in maps. Pure. Keys of several parts are maps of maps: joined into one text they cost half of a view's time
// at 100,000 rows.

/** The value of a key, made where there is none. */
export function within<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
