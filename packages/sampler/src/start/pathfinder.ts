import { logSumExp } from '@chorale/diagnostics'
import { createStream, type Key } from '@chorale/random'
import { keyFor } from '../chain/chain-keys.js'
import { climb } from './climb.js'
import { normalApproximation, type NormalApproximation } from './normal-approximation.js'
import type { Probe } from './probe.js'

export interface PathfinderSettings {
  /** Climbs, each from a start of its own. */
  readonly paths: number
  /** Iterations of one climb at most. */
  readonly maxIterations: number
  /** Draws by which the evidence lower bound of each approximation is estimated. */
  readonly elboDraws: number
  /** Draws of each path's best approximation. */
  readonly drawsPerPath: number
}

/** The best normal approximation along one climb. */
export interface Path {
  readonly approximation: NormalApproximation
  /** Estimated evidence lower bound in nats. */
  readonly elbo: number
}

/** A draw of one path's approximation. */
export interface Candidate {
  readonly position: Float64Array
  /** The target's log density; -Infinity outside its support. */
  readonly logDensity: number
  /** Its gradient, where the log density is finite. */
  readonly gradient: Float64Array
  /** Index of its path. */
  readonly path: number
}

export interface PathfinderDraws {
  /** The paths that found an approximation; none where the density gave none of them a finite bound. */
  readonly paths: readonly Path[]
  /** `drawsPerPath` draws of each path, one path after another. */
  readonly candidates: readonly Candidate[]
  /** Log density of the equal mixture of all paths' approximations at each candidate, normalised. */
  readonly logMixture: Float64Array
  /** Iterations of all climbs. */
  readonly iterations: number
}

/**
 * Multi-path Pathfinder up to the importance weights: climbs from several starts, along each keeps the normal approximation with the largest evidence lower
 * bound, and draws from it. A climb that ends without a mode (an unbounded density, the limit of iterations) still leaves its best approximation.
 *
 * The weights of the candidates are target / mixture of all paths, not target / own path: two paths that found the same mode do not count it twice
 * (Owen & Zhou 2000, JASA 95).
 * `startOf` gives the start of a path, of finite density. `key` belongs to the chain.
 * Source: Zhang, Carpenter, Gelman & Vehtari (2022), JMLR 23:306, algorithms 1 and 2.
 */
export async function pathfinder(
  probe: Probe,
  startOf: (pathKey: Key) => Promise<Float64Array>,
  key: Key,
  settings: PathfinderSettings,
): Promise<PathfinderDraws> {
  const paths: Path[] = []
  const candidates: Candidate[] = []
  let iterations = 0
  for (let k = 0; k < settings.paths; k++) {
    const pathKey = keyFor(key, 'path', k)
    const followed = await followPath(probe, await startOf(pathKey), pathKey, settings)
    iterations += followed.iterations
    if (!followed.path) continue
    const draws = await drawCandidates(probe, followed.path.approximation, keyFor(pathKey, 'approximation', 0), settings.drawsPerPath)
    candidates.push(...draws.map(draw => ({ ...draw, path: paths.length })))
    paths.push(followed.path)
  }
  return { paths, candidates, logMixture: mixtureDensities(paths, candidates), iterations }
}

/** Climbs once, and estimates the evidence lower bound of the approximation at each iterate. */
async function followPath(
  probe: Probe,
  start: Float64Array,
  pathKey: Key,
  { maxIterations, elboDraws }: PathfinderSettings,
): Promise<{ readonly path: Path | undefined; readonly iterations: number }> {
  let best: Path | undefined
  const { iterations } = await climb(probe, start, { maxIterations }, async ({ iteration, position, gradient, curvature }) => {
    const approximation = normalApproximation(position, gradient, curvature)
    if (!approximation) return
    const elbo = await evidenceLowerBound(probe, approximation, keyFor(pathKey, 'approximation', iteration), elboDraws)
    if (Number.isFinite(elbo) && !(best && elbo <= best.elbo)) best = { approximation, elbo }
  })
  return { path: best, iterations }
}

/** The mean of log target - log approximation over draws of the approximation. */
async function evidenceLowerBound(probe: Probe, approximation: NormalApproximation, key: Key, count: number): Promise<number> {
  const stream = createStream(key)
  const position = new Float64Array(probe.dimension)
  let sum = 0
  for (let n = 0; n < count; n++) {
    const logDensity = approximation.drawInto(position, stream, 1)
    const pending = probe.ask(position)
    if (pending) await pending
    sum += probe.logDensity - logDensity
  }
  return sum / count
}

/** Draws of an approximation, with the target's log density and gradient there. */
export async function drawCandidates(
  probe: Probe,
  approximation: NormalApproximation,
  key: Key,
  count: number,
): Promise<Omit<Candidate, 'path'>[]> {
  const stream = createStream(key)
  const draws: Omit<Candidate, 'path'>[] = []
  for (let n = 0; n < count; n++) {
    const position = new Float64Array(probe.dimension)
    approximation.drawInto(position, stream, 1)
    const pending = probe.ask(position)
    if (pending) await pending
    draws.push({ position, logDensity: probe.logDensity, gradient: probe.gradient.slice() })
  }
  return draws
}

function mixtureDensities(paths: readonly Path[], candidates: readonly Candidate[]): Float64Array {
  const terms = new Float64Array(paths.length)
  return Float64Array.from(candidates, ({ position }) => {
    paths.forEach(({ approximation }, k) => (terms[k] = approximation.logDensity(position)))
    return logSumExp(terms) - Math.log(paths.length)
  })
}
