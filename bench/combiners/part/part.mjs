/** The problem of the published table as one that combiners are run on: sub-posteriors, the posterior of all rows, and the table's own measures. */
import { importTest } from '../load.mjs'
import { sampleMoments } from '../../../packages/combiners/dist/draws/sample-moments.js'
import { cachedChains } from './sub-posteriors.mjs'
import { bindRows, createData, dimension } from './problem.mjs'

const { shardOf } = await importTest('shards.ts')

export const fullSize = { rows: 50_000, shards: 40, draws: 1000 }
export const quickSize = { rows: 2000, shards: 2, draws: 100, budget: 5000 }

/** `progress(text)` hears of every set of chains; `inflated`: whether inflated sub-posteriors are wanted. `draws` are a chain's, of four; `budget`: of densities, as in a run where it is left out. */
export async function makePart({ rows, shards: count, draws, budget }, { progress, inflated: wantsInflated }) {
  const data = createData({ rows, shards: count })
  const whole = { prior: 1, likelihood: 1, jacobian: 1 }
  const chains = async (name, columns, powers, seed) => {
    const sample = await cachedChains(`${name}-${count}`, columns, powers, { seed, draws })
    progress(`${name}: ESS ${sample.ess.toFixed(0)}, ${(sample.steps / 1000).toFixed(0)}k leapfrog steps, ${sample.seconds.toFixed(1)} s`)
    return sample
  }
  const kind = async (name, powers) => {
    const shards = []
    for (const [shard, columns] of data.shards.entries()) {
      const { steps, ess, ...sample } = await chains(`${name}-${shard}`, columns, powers, shard)
      const settings = { shard, of: count, powers, ess: Math.min(ess, sample.values.length / dimension) }
      shards.push({ steps, ess, sub: { ...shardOf(sample, settings), rows: columns.y.length } })
    }
    return shards
  }
  const reference = await chains('all rows', data.all, whole, 999)
  const fractionated = await kind('shard', { prior: 1 / count, likelihood: 1, jacobian: 1 / count })
  const inflated = wantsInflated ? await kind('inflated shard', { ...whole, likelihood: count }) : []
  const exact = { draws: reference.values.length / dimension, dimension, values: reference.values }
  const steps = fractionated.reduce((total, shard) => total + shard.steps, 0) / count
  return {
    dimension,
    posterior: sampleMoments(exact),
    fractionated: fractionated.map(({ sub }) => sub),
    inflated: inflated.map(({ sub }) => sub),
    evaluator: evaluatorOf(data.shards, budget ?? Math.floor(steps / 3)),
    leastEss: { reference: reference.ess, shards: Math.min(...fractionated.map(({ ess }) => ess)) },
    measures: draws => measuresOf(draws, exact, data.truth),
  }
}

/** The sum of the shards' log densities, which is the density of all rows. */
function evaluatorOf(shards, budget) {
  const powers = { prior: 1 / shards.length, likelihood: 1, jacobian: 1 / shards.length }
  const bounds = shards.map(bindRows)
  const gradients = async ({ draws, values }, { onShard } = {}) => {
    const logDensity = new Float64Array(draws)
    const total = new Float64Array(draws * dimension)
    for (const [shard, bound] of bounds.entries()) {
      const position = bound.allocate?.(dimension) ?? new Float64Array(dimension)
      const gradient = bound.allocate?.(dimension) ?? new Float64Array(dimension)
      const own = new Float64Array(draws)
      for (let t = 0; t < draws; t++) {
        position.set(values.subarray(t * dimension, (t + 1) * dimension))
        own[t] = bound.logDensityInto(gradient, position, powers)
        for (let j = 0; j < dimension; j++) total[t * dimension + j] += gradient[j]
        logDensity[t] += own[t]
      }
      onShard?.(shard, own)
    }
    return { logDensity, gradients: { draws, dimension, values: total } }
  }
  return { budget, gradients, evaluate: async (positions, options) => (await gradients(positions, options)).logDensity }
}

/** `rmse`: ||difference of the means||_2/sqrt(p), as in the authors' code; the paper's formula divides by p, which does not fit its r. `concentration`: sqrt(sum |draw - truth|^2 / the same of the posterior's draws), a mean over draws each. */
function measuresOf(draws, exact, truth) {
  const [own, reference] = [sampleMoments(draws), sampleMoments(exact)]
  const difference = Math.sqrt(own.mean.reduce((total, value, j) => total + (value - reference.mean[j]) ** 2, 0))
  return { rmse: difference / Math.sqrt(dimension), concentration: Math.sqrt(meanSquare(draws, truth) / meanSquare(exact, truth)) }
}

const meanSquare = ({ draws, values }, truth) =>
  values.reduce((total, value, at) => total + (value - truth[at % dimension]) ** 2, 0) / draws
