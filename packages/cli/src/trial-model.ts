import type { TrialFault } from './testkit.js'

/** The first attempts of each of the shard's chains leave a mark and are hit, from the 100th evaluation on; those after them find all marks taken. */
const planted = ({ code, shard, attempts }: TrialFault, marks: string): string => `
        evaluations++
        if (shard === ${shard} && evaluations > 100) {
          hit ??= ${attempts === Infinity} || Array.from({ length: ${Math.min(attempts, 100)} }, (_, i) => i).some(i => first(${JSON.stringify(marks)} + '-' + chain + '-' + i))
          if (hit) { ${code} }
        }`

/**
 * A module: y ~ Normal(mu, exp(logSigma)), both parameters ~ Normal(0, 1). It throws where the column `throws` says so, and does what `fault` says, with marks in
 * files whose names begin with `marks`.
 */
export const trialModel = (fault: TrialFault | undefined, marks: string): string => `
import { writeFileSync } from 'node:fs'

const parameter = (name, offset) => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })
const first = mark => {
  try {
    writeFileSync(mark, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

export default {
  rows: 'independent',
  dataNames: ['y', 'shard', 'throws'],
  bind(data, { chain }) {
    const y = data.column('y')
    const shard = data.column('shard')[0]
    const throws = data.column('throws')[0] === 1
    let evaluations = 0
    let hit
    return {
      parameters: [parameter('mu', 0), parameter('logSigma', 1)],
      dimension: 2,
      logDensityInto(gradient, [mu, logSigma], { prior, likelihood }) {
        if (throws) throw new Error('this shard throws on purpose')${fault ? planted(fault, marks) : ''}
        const precision = Math.exp(-2 * logSigma)
        let sum = 0
        let squares = 0
        for (const value of y) {
          sum += value - mu
          squares += (value - mu) * (value - mu)
        }
        gradient[0] = -prior * mu + likelihood * precision * sum
        gradient[1] = -prior * logSigma + likelihood * (precision * squares - y.length)
        return -0.5 * prior * (mu * mu + logSigma * logSigma) - likelihood * (0.5 * precision * squares + y.length * logSigma)
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}
`
