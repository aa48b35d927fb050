/** Draws of the shards and of the posterior of all rows by our own NUTS, kept in the benchmark's cache. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createStream, prngKey } from '../../../packages/random/dist/index.js'
import { choleskyWithRidge } from '../../../packages/combiners/dist/linear-algebra/cholesky.js'
import { modelTarget } from '../../../packages/sampler/dist/index.js'
import { cacheFolder, fingerprint } from '../../sampler/cache.mjs'
import { runChains } from '../chains.mjs'
import { laplace } from './laplace.mjs'
import { bindRows, dimension } from './problem.mjs'

const CHAINS = 4
const WARMUP = 300
const definition = readFileSync(fileURLToPath(new URL('problem.mjs', import.meta.url)), 'utf8')

/** Sources of chains that were not sampled yet cost half a second to a minute each. */
export async function cachedChains(name, columns, powers, { seed, draws }) {
  const folder = cacheFolder('combiners', 'part')
  const stem = join(folder, `${name}-${fingerprint(definition, JSON.stringify([columns.y.length, powers, seed, draws, CHAINS, WARMUP]))}`)
  if (!existsSync(`${stem}.json`)) keep(stem, await sample(columns, powers, { seed, draws }))
  const numbers = path => {
    const { buffer, byteOffset, byteLength } = readFileSync(path)
    return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength))
  }
  return {
    dimension,
    values: numbers(`${stem}.draws`),
    scores: numbers(`${stem}.scores`),
    ...JSON.parse(readFileSync(`${stem}.json`, 'utf8')),
  }
}

/** The description comes last, by renaming: what is in the cache is whole. */
function keep(stem, { values, scores, ess, steps, seconds }) {
  writeFileSync(`${stem}.draws`, values)
  writeFileSync(`${stem}.scores`, scores)
  writeFileSync(`${stem}.part`, JSON.stringify({ ess, steps, seconds }))
  renameSync(`${stem}.part`, `${stem}.json`)
}

async function sample(columns, powers, { seed, draws }) {
  const began = performance.now()
  const { mode, covariance } = laplace(columns, powers)
  const target = modelTarget(bindRows(columns), powers)
  const stream = createStream(prngKey(7000 + seed))
  const factor = choleskyWithRidge(covariance, dimension)
  const starts = Array.from({ length: CHAINS }, () => {
    const z = Float64Array.from({ length: dimension }, () => stream.normal())
    return mode.map((value, i) => z.subarray(0, i + 1).reduce((total, x, j) => total + factor[i * dimension + j] * x, value))
  })
  const result = await runChains(target, starts, { seed, warmup: WARMUP, draws, inverseMetric: covariance })
  return { ...result, seconds: (performance.now() - began) / 1000 }
}
