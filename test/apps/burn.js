// Uses the processor, in a function with a name.

exports.burnTheLoop = function burnTheLoop(ms) {
  const until = performance.now() + ms
  let sum = 0
  while (performance.now() < until) sum += Math.sqrt(sum + 1)
  return String(sum > 0)
}
