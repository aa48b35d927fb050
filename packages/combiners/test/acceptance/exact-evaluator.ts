import type { LogDensityEvaluator } from '@chorale/core/contracts'
import type { ShardTarget } from './targets.js'

/** The sum of the targets' log densities. */
export function exactEvaluator(targets: readonly ShardTarget[], budget = Infinity): LogDensityEvaluator {
  const { dimension } = targets[0]
  const gradient = new Float64Array(dimension)
  return {
    budget,
    evaluate({ draws, values }, { signal, onShard }) {
      signal.throwIfAborted()
      const total = new Float64Array(draws)
      targets.forEach((target, shard) => {
        const own = total.map((_, t) => target.logDensityInto(gradient, values.subarray(t * dimension, (t + 1) * dimension)))
        onShard?.(shard, own)
        for (let t = 0; t < draws; t++) total[t] += own[t]
      })
      return Promise.resolve(total)
    },
    gradients({ draws, values }, { signal }) {
      signal.throwIfAborted()
      const logDensity = new Float64Array(draws)
      const gradients = new Float64Array(draws * dimension)
      for (let t = 0; t < draws; t++) {
        const own = gradients.subarray(t * dimension, (t + 1) * dimension)
        for (const target of targets) {
          logDensity[t] += target.logDensityInto(gradient, values.subarray(t * dimension, (t + 1) * dimension))
          for (let j = 0; j < dimension; j++) own[j] += gradient[j]
        }
        if (!Number.isFinite(logDensity[t])) own.fill(NaN)
      }
      return Promise.resolve({ logDensity, gradients: { draws, dimension, values: gradients } })
    },
  }
}
