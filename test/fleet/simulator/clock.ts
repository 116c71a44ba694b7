// Time of a simulation: events in the order of their moments, in milliseconds. A heap.

export interface Clock {
  now(): number
  at(time: number, event: () => void): void
  run(until: number): void
}

export function createClock(): Clock {
  const times: number[] = []
  const events: (() => void)[] = []
  let present = 0
  return {
    now: () => present,
    at(time, event) {
      let i = times.length
      times.push(time)
      events.push(event)
      for (let parent = (i - 1) >> 1; i > 0 && times[parent]! > time; parent = (i - 1) >> 1) {
        times[i] = times[parent]!
        events[i] = events[parent]!
        i = parent
      }
      times[i] = time
      events[i] = event
    },
    run(until) {
      while (times.length > 0 && times[0]! <= until) {
        present = times[0]!
        const event = events[0]!
        const time = times.pop()!
        const last = events.pop()!
        if (times.length > 0) sink(time, last)
        event()
      }
    }
  }

  function sink(time: number, event: () => void): void {
    let i = 0
    for (let child = 1; child < times.length; child = 2 * i + 1) {
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child++
      if (times[child]! >= time) break
      times[i] = times[child]!
      events[i] = events[child]!
      i = child
    }
    times[i] = time
    events[i] = event
  }
}
