import { createStream, foldIn, type Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { identityMatrix } from '../linear-algebra/matrix.js'
import { smallestBatch } from './budget.js'
import { climbAll, type Summit } from './climb.js'
import { fitStudentMixture } from './fit-mixture.js'
import { inverseCurvature } from './laplace.js'
import { farApart, type ShardCluster } from './shard-clusters.js'
import { studentComponent, type StudentComponent } from './student-component.js'
import { drawMixture, equalMixture, type StudentMixture } from './student-mixture.js'
import type { WhitenedDensity } from './whitened-density.js'

/** Up to so many cluster centres are climbed from. */
const CLIMBS = 20
/** Evaluations that a climb takes, roughly. */
const CLIMB_COST = 15
/** Starts around a summit that was just found, further out than any draw: a mode that no chain has visited may lie there. */
const OUTLOOK = 16
const HOPS = 8
/** Where a gradient in units of one standard deviation is this short, a climb has arrived. */
const CLIMBED = 0.05
/** A summit this much lower in log density is none to look out from. */
const NEGLIGIBLE = 20
const STRETCHES = [3, 5]
/** Further summits are covered by points, not by components. */
const SUMMITS = 8
/** In more dimensions pooled draws are sqrt(K) too wide to be of use as a proposal, and so are shards' draws, moved to a summit, to ask what lies around it. */
const POOLED_DIMENSIONS = 10
/** In so many dimensions a climb may stop short, and a proposal can't afford shares for places with e^-10 of the mass. */
const LEAST_MASS = -10

/** What was learnt of the full-data density before adaptation. */
export interface Exploration {
  /** Student-t approximations at the summits that were found, and by Laplace's method the mass of each as a share of the largest, in logarithms. */
  readonly summits: readonly StudentComponent[]
  readonly logMass: readonly number[]
  /** Fitted to pooled draws, in few dimensions. */
  readonly pooled: StudentMixture
  /** Points where mass could be missed, with the log density there. */
  readonly coverage: DrawMatrix
  readonly logDensity: Float64Array
}

/** Degrees of freedom of a proposal: heavy tails where there are few dimensions; in many they would waste almost every position. */
export const tailsOf = (dimension: number): number => (dimension <= 10 ? 5 : 30)

/**
 * Looks where the posterior could have mass: (a) pooled draws, (b) each within-shard cluster contracted about its centre by 1/sqrt K, which is as wide as a mode of the
 * posterior, (c) up to 20 cluster centres climbed by L-BFGS on the full-data density, with the clusters moved there. From each new summit climbs start again, three and
 * five times as far out as the draws of a shard, until that finds no others. Takes about a quarter of a small budget.
 */
export async function explore(density: WhitenedDensity, clusters: readonly ShardCluster[], shards: number, key: Key): Promise<Exploration> {
  const { dimension } = density
  // The last batch must stay affordable; exploration takes at most half of what it calls its budget.
  const budget = Math.min(density.left(), 2 * (density.left() - smallestBatch(dimension)))
  const affordable = (): boolean => density.used() <= 0.2 * budget
  const climbs = Math.min(CLIMBS, Math.floor((0.1 * budget) / CLIMB_COST))
  const starts = farApart([new Float64Array(dimension), ...clusters.map(({ centre }) => centre)], climbs)
  const found = await climbAll(starts.map(k => (k === 0 ? new Float64Array(dimension) : clusters[k - 1].centre)), density.gradientAt, { tolerance: CLIMBED, affordable }) // prettier-ignore
  const summits = await outlook(distinct(found), {
    density,
    clusters,
    key: foldIn(key, 2),
    affordable: () => density.used() <= 0.3 * budget,
  })
  const curvatures = Math.floor((0.1 * budget) / (2 * dimension))
  const components: StudentComponent[] = []
  const masses: number[] = []
  for (const summit of summits.slice(0, Math.min(SUMMITS, curvatures))) {
    const component = await summitComponent(summit, density)
    if (component === undefined) continue
    components.push(component)
    masses.push(summit.value - component.logPeak)
  }
  const largest = Math.max(...masses)
  const logMass = masses.map(mass => mass - largest)
  const size = Math.min(1500, Math.floor(0.1 * budget))
  const massive = dimension > POOLED_DIMENSIONS ? summitsWithMass({ summits: components, logMass }) : []
  const around = massive.length > 0 ? [drawMixture(equalMixture(massive), Math.floor(size / 3), foldIn(key, 3))] : []
  const coverage = coveragePoints(clusters, summits, { shards, dimension, size, key, further: around })
  return {
    summits: components,
    logMass,
    pooled: dimension > POOLED_DIMENSIONS ? { components: [], weights: [] } : pooledMixture(clusters, dimension, foldIn(key, 1)),
    coverage,
    logDensity: await density.at(coverage),
  }
}

/** The summits that a proposal gives a share: all in few dimensions, in many those with mass. */
export const summitsWithMass = ({ summits, logMass }: Pick<Exploration, 'summits' | 'logMass'>): readonly StudentComponent[] =>
  summits.filter((summit, k) => summit.mean.length <= POOLED_DIMENSIONS || logMass[k] > LEAST_MASS)

/** Summits with those that climbs from further out find. */
async function outlook(
  summits: Summit[],
  {
    density,
    clusters,
    key,
    affordable,
  }: {
    readonly density: WhitenedDensity
    readonly clusters: readonly ShardCluster[]
    readonly key: Key
    readonly affordable: () => boolean
  },
): Promise<Summit[]> {
  const { dimension } = density
  if (summits.length === 0) return summits
  let known = summits
  let around = summits.slice(0, 1)
  // Where one search found what no shard has seen, another may find more.
  let patience = 1
  for (let hop = 0; hop < HOPS && patience > 0; hop++) {
    if (!affordable()) break
    const stream = createStream(foldIn(key, hop))
    const starts = Array.from({ length: OUTLOOK }, (_, i) => {
      const { position } = around[(hop + i) % around.length]
      const { draws, centre } = clusters[stream.integer(clusters.length)]
      const row = stream.integer(draws.draws) * dimension
      const stretch = STRETCHES[i % STRETCHES.length]
      return position.map((value, j) => value + stretch * (draws.values[row + j] - centre[j]))
    })
    const all = distinct([...known, ...(await climbAll(starts, density.gradientAt, { tolerance: CLIMBED, affordable }))])
    const fresh = all.filter(summit => !known.some(other => isSame(other, summit)) && summit.value > known[0].value - NEGLIGIBLE)
    patience = fresh.length > 0 ? 2 : patience - 1
    known = all
    around = fresh.length > 0 ? fresh : known.slice(0, SUMMITS)
  }
  return known
}

/** A Student-t distribution with the curvature at a summit. */
export async function summitComponent(summit: Summit, density: WhitenedDensity): Promise<StudentComponent | undefined> {
  const scale = await inverseCurvature(summit, density.gradientAt)
  return scale && studentComponent(summit.position, scale, tailsOf(density.dimension))
}

/** Summits from the highest to the lowest, without those that another climb reached too. */
export function distinct(found: readonly Summit[]): Summit[] {
  const kept: Summit[] = []
  for (const summit of found.toSorted((a, b) => b.value - a.value)) {
    if (!kept.some(other => isSame(other, summit))) kept.push(summit)
  }
  return kept
}

/** Climbs end near a summit, not on it. */
function isSame(a: Summit, b: Summit): boolean {
  const distance = Math.sqrt(a.position.reduce((sum, x, i) => sum + (x - b.position[i]) * (x - b.position[i]), 0))
  return distance <= 0.2 || (distance <= 1 && Math.abs(a.value - b.value) <= 0.05)
}

function pooledMixture(clusters: readonly ShardCluster[], dimension: number, key: Key): StudentMixture {
  const draws = pick(clusters, 600, createStream(key), ({ draws: own }, row, into, at) => into.set(own.values.subarray(row * dimension, (row + 1) * dimension), at)) // prettier-ignore
  const settings = { key, largest: 8, degreesOfFreedom: [5], prior: { covariance: identityMatrix(dimension), count: 1 } }
  const weights = new Float64Array(draws.draws).fill(1 / draws.draws)
  return fitStudentMixture({ draws, weights, effective: draws.draws }, settings) ?? { components: [], weights: [] }
}

function coveragePoints(
  clusters: readonly ShardCluster[],
  summits: readonly Summit[],
  {
    shards,
    dimension,
    size,
    key,
    further,
  }: {
    readonly shards: number
    readonly dimension: number
    readonly size: number
    readonly key: Key
    readonly further: readonly DrawMatrix[]
  },
): DrawMatrix {
  const stream = createStream(key)
  const contraction = 1 / Math.sqrt(shards)
  const third = Math.floor(size / 3)
  const asTheyAre = pick(clusters, third, stream, ({ draws }, row, into, at) => into.set(draws.values.subarray(row * dimension, (row + 1) * dimension), at)) // prettier-ignore
  const around =
    (centreOf: (cluster: ShardCluster, i: number) => Float64Array) =>
    (cluster: ShardCluster, row: number, into: Float64Array, at: number, i: number): void => {
      const centre = centreOf(cluster, i)
      for (let j = 0; j < dimension; j++)
        into[at + j] = centre[j] + contraction * (cluster.draws.values[row * dimension + j] - cluster.centre[j])
    }
  const contracted = pick(
    clusters,
    third,
    stream,
    around(({ centre }) => centre),
  )
  const climbed = pick(clusters, summits.length === 0 ? 0 : third, stream, around((_, i) => summits[i % summits.length].position)) // prettier-ignore
  const parts = [
    asTheyAre,
    contracted,
    climbed,
    { values: Float64Array.from(summits.flatMap(({ position }) => Array.from(position))) },
    ...further,
  ]
  const values = new Float64Array(parts.reduce((total, part) => total + part.values.length, 0))
  let at = 0
  for (const part of parts) {
    values.set(part.values, at)
    at += part.values.length
  }
  return { draws: values.length / dimension, dimension, values }
}

/** `size` rows, as many from each cluster, each from a random draw of it. */
function pick(
  clusters: readonly ShardCluster[],
  size: number,
  stream: { integer(n: number): number },
  copy: (cluster: ShardCluster, row: number, into: Float64Array, at: number, i: number) => void,
): DrawMatrix {
  const dimension = clusters[0].centre.length
  const values = new Float64Array(size * dimension)
  for (let i = 0; i < size; i++) {
    const cluster = clusters[i % clusters.length]
    copy(cluster, stream.integer(cluster.draws.draws), values, i * dimension, i)
  }
  return { draws: size, dimension, values }
}
