/** Draws of a density by the sampler's own NUTS, with the scores that it holds anyway. */
import { essMean, essSd } from '../../packages/diagnostics/dist/index.js'
import { foldIn, prngKey } from '../../packages/random/dist/index.js'
import { createAdaptation, createChain, moveChain, warmUp } from '../../packages/sampler/dist/index.js'

const unhurried = () => ({ iteration: 0, afterLeapfrog: () => false, breathe: async () => undefined })

/** `inverseMetric`: as `createAdaptation` takes it. Answers rows of positions and gradients, and how many leapfrog steps all of it took. */
async function runChain(target, start, { key, warmup, draws, inverseMetric }) {
  const { dimension } = target
  const gradient = target.allocate(dimension)
  const first = target.allocate(dimension)
  first.set(start)
  target.logDensityInto(gradient, first)
  const adaptation = createAdaptation({
    dimension,
    metric: inverseMetric ? 'dense' : 'diagonal',
    warmup,
    targetAcceptProb: 0.8,
    start: { gradient: Float64Array.from(gradient), ...(inverseMetric && { inverseMetric }) },
  })
  const chain = createChain(target, first, key, unhurried(), { maxTreeDepth: 10, metric: adaptation.metric })
  let steps = 0
  await warmUp(chain, adaptation, 0, () => void (steps += chain.transition.steps))
  const values = new Float64Array(draws * dimension)
  const scores = new Float64Array(draws * dimension)
  for (let draw = 0; draw < draws; draw++) {
    const pending = moveChain(chain, warmup + draw)
    if (pending) await pending
    steps += chain.transition.steps
    values.set(chain.current.position, draw * dimension)
    scores.set(chain.current.gradient, draw * dimension)
  }
  return { values, scores, steps }
}

function concatenated(arrays) {
  const joined = new Float64Array(arrays.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const array of arrays) {
    joined.set(array, at)
    at += array.length
  }
  return joined
}

/** Smallest effective sample size of any coordinate's mean or standard deviation. */
function smallestEss(chains, dimension) {
  let smallest = Infinity
  for (let j = 0; j < dimension; j++) {
    const columns = chains.map(({ values }) =>
      Float64Array.from({ length: values.length / dimension }, (_, t) => values[t * dimension + j]),
    )
    smallest = Math.min(smallest, essMean(columns), essSd(columns))
  }
  return smallest
}

/** One chain after another, a chain from each start: `{ dimension, values, scores, ess, steps }`. `draws` are a chain's. */
export async function runChains(target, starts, { seed, warmup, draws, inverseMetric }) {
  const chains = []
  for (const [chain, start] of starts.entries()) {
    chains.push(await runChain(target, start, { key: foldIn(prngKey(seed), chain), warmup, draws, inverseMetric }))
  }
  return {
    dimension: target.dimension,
    values: concatenated(chains.map(({ values }) => values)),
    scores: concatenated(chains.map(({ scores }) => scores)),
    ess: smallestEss(chains, target.dimension),
    steps: chains.reduce((total, { steps }) => total + steps, 0),
  }
}
