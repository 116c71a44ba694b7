// The heartbeat of a thread of the application in numbers, alike for whoever writes it, reads it, or judges by it. Any thread.

export const BEAT_MS = 10

/** A silence that long is a block of the event loop: two missed beats, and what a busy machine adds. */
export const BLOCK_MS = 30
