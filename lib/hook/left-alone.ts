// Calls whose end nobody waits for, because there is no room: a patch then lets the library's function run as it is. Main thread.
//
// The one that hears of a call's start tells the one that publishes it, in the same turn.

import { createStamp } from './stamp.js'

const left = createStamp<true>()

export const leaveAlone = (message: object): void => left.put(message, true)

export const isLeftAlone = (message: object): boolean => left.of(message) === true
