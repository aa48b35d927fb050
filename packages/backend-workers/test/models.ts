/**
 * A model module: y ~ Normal(mu, exp(logSigma)), both parameters ~ Normal(0, 1). `during` is code that every evaluation of the density runs first; it
 * may use `shard` and `chain` (their numbers), `bound` (an object of its own for each of them), `threadId`, `parentPort`, `folder`, `sleep(ms)`, and `first(name)`, which is true for the first who asks.
 */
export const normalModel = (during: string): string => `
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parentPort, threadId } from 'node:worker_threads'

const folder = fileURLToPath(new URL('../../..', import.meta.url))
const sleep = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const first = name => {
  try {
    writeFileSync(folder + '/' + name, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
const parameter = (name, offset) => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })

export default {
  rows: 'independent',
  dataNames: ['y', 'shard'],
  bind(data, { chain }) {
    const bound = {}
    const y = data.column('y')
    const shard = data.column('shard')[0]
    return {
      parameters: [parameter('mu', 0), parameter('logSigma', 1)],
      dimension: 2,
      logDensityInto(gradient, [mu, logSigma], { prior, likelihood }) {
        ${during}
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
