// `npm run fleet:sim [SYSTEMS] [SEED]`: random systems whose truth is known, simulated, and what the console says of them from what
// their agents send. Prints a line for each, and how often and how far the answers were right.

import { randomSystem } from '../dist/test/fleet/simulator/system.js'
import { trialOf } from '../dist/test/fleet/simulator/trial.js'

const [systems = 200, firstSeed = 1] = process.argv.slice(2).map(Number)
const percent = share => `${(share * 100).toFixed(1)} %`.padStart(7)
const trials = []
for (let seed = firstSeed; seed < firstSeed + systems; seed++) {
  const trial = trialOf(randomSystem(seed), seed)
  trials.push(trial)
  const { services, utilizationShare, latencyError, said, truth, isRight, reachedPerSecond, boundError } = trial
  console.log(
    [
      String(seed).padStart(4),
      `${String(services).padStart(2)} services`,
      `load ${percent(utilizationShare)}`,
      `latency off ${percent(latencyError)}`,
      `bound ${said.boundPerSecond.toFixed(1).padStart(7)}/s, reached ${reachedPerSecond.toFixed(1).padStart(7)}/s, off ${percent(boundError)}`,
      isRight
        ? `${said.service} ${said.resource}`
        : `WRONG ${said.service} ${said.resource}, is ${truth.service} ${truth.resource}`
    ].join('  ')
  )
}
const share = is => percent(trials.filter(is).length / trials.length)
const most = of => percent(Math.max(...trials.map(of)))
console.log(`bottleneck named right: ${share(({ isRight }) => isRight)}`)
console.log(
  `latency shares within 5 %: ${share(({ latencyError }) => latencyError <= 0.05)}, at most ${most(({ latencyError }) => latencyError)} off`
)
console.log(
  `bound within 10 %: ${share(({ boundError }) => boundError <= 0.1)}, at most ${most(({ boundError }) => boundError)} off`
)
