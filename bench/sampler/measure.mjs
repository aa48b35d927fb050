/** What a run of one side with one seed amounts to. All sides go through the same functions. */
import { essBulk, essTail } from '../../packages/diagnostics/dist/index.js'

const sum = values => values.reduce((a, b) => a + b, 0)
const smallest = values => values.reduce((a, b) => Math.min(a, b), Infinity)

/** Smallest bulk or tail ESS over all scalars. */
const smallestEss = draws => smallest([...draws.values()].map(chains => Math.min(essBulk(chains), essTail(chains))))

/** Figures of one run; those of ESS are left out where a side keeps no draws. */
export function figuresOf({ chains }, draws) {
  const total = (phase, what) => sum(chains.map(chain => chain[phase][what]))
  const warmUpSeconds = total('warmup', 'seconds')
  const samplingSeconds = total('sampling', 'seconds')
  const warmUpGradients = total('warmup', 'gradients')
  const leapfrogs = total('sampling', 'leapfrogs')
  const ess = draws && smallestEss(draws)
  return {
    warmUpSeconds,
    samplingSeconds,
    warmUpIterations: total('warmup', 'iterations') / chains.length,
    warmUpGradients: warmUpGradients / chains.length,
    gradientsPerDraw: leapfrogs / total('sampling', 'draws'),
    microsecondsPerLeapfrog: (1e6 * samplingSeconds) / leapfrogs,
    divergences: total('sampling', 'divergences'),
    ...(draws && {
      ess,
      essPerSecond: ess / samplingSeconds,
      essPerSecondWithWarmUp: ess / (samplingSeconds + warmUpSeconds),
      essPer1000Gradients: (1000 * ess) / leapfrogs,
      essPer1000GradientsWithWarmUp: (1000 * ess) / (leapfrogs + warmUpGradients),
    }),
  }
}
