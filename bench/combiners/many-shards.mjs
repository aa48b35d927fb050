/**
 * Combines many shards whose moments are made at each access, as they would be read from disk: seconds, the largest memory of the process, and the error of the mean.
 *
 * Usage: node bench/combiners/many-shards.mjs [--shards 10000] [--dimension 50] [--draws 1000] [--combiner gaussian]
 */
import { parseArgs } from 'node:util'
import plugin from '../../packages/combiners/dist/index.js'
import { prngKey } from '../../packages/random/dist/index.js'
import { importTest } from './load.mjs'

const text = value => ({ type: 'string', default: value })
const { values: options } = parseArgs({
  options: { shards: text('10000'), dimension: text('50'), draws: text('1000'), combiner: text('gaussian') },
})
const [count, dimension, draws] = [options.shards, options.dimension, options.draws].map(Number)
const combiner = plugin.combiners.find(({ name }) => name === options.combiner)
const { manyShards } = await importTest('many-shards.ts')
const { shards, mean, sd } = manyShards({ count, dimension, draws })

const began = performance.now()
const used = process.cpuUsage()
const { diagnostics, leftOut = [] } = await combiner.combine(shards, {
  key: prngKey(3),
  size: 1000,
  options: {},
  evaluator: undefined,
  signal: new AbortController().signal,
  log: { info: () => undefined, warn: () => undefined },
})
const { user, system } = process.cpuUsage(used)
const { heterogeneity, claim } = diagnostics
console.log(
  JSON.stringify({
    combiner: combiner.name,
    shards: count,
    dimension,
    draws,
    seconds: Math.round((performance.now() - began) / 1000),
    processorSeconds: Math.round((user + system) / 1e6),
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    leftOut: leftOut.length,
    errorOfMean: Math.max(...diagnostics.mean.map((value, i) => Math.abs(value - mean[i]) / sd[i])),
    heterogeneity,
    claim,
  }),
)
