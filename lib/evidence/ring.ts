// A ring of rows of numbers: the last ones are kept, in one piece of memory outside V8's heap. Agent thread.
//
// What is noted a hundred times a second and kept for minutes was an object each, with boxed numbers: 30,000 beats and 8192 looks were
// 3.5 MB of the heap, and each that was let go was garbage in the old generation, which V8 collects late.

export interface Ring {
  /** All of them; a row begins at what `add` and `startOf` say. */
  readonly values: Float64Array
  /** How many are kept. */
  readonly length: number
  /** Where the next row is to be written: in place of the oldest one when there is no other. */
  add(): number
  /** Where the `index`th begins, of 0 to `length - 1`, the oldest first. */
  startOf(index: number): number
  /** Of rows that begin with their moment, in order: how many are not after this one. */
  countUpTo(moment: number): number
}

export function createRing(width: number, capacity: number): Ring {
  // Zeros, of which the operating system makes memory when they are first written.
  const values = new Float64Array(width * capacity)
  let added = 0

  const ring: Ring = {
    values,
    get length() {
      return Math.min(added, capacity)
    },
    add: () => (added++ % capacity) * width,
    startOf: index => ((added > capacity ? added + index : index) % capacity) * width,
    countUpTo(moment) {
      let [from, to] = [0, ring.length]
      while (from < to) {
        const middle = (from + to) >> 1
        if (values[ring.startOf(middle)]! <= moment) from = middle + 1
        else to = middle
      }
      return from
    }
  }
  return ring
}
