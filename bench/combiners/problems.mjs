/**
 * The problems: posteriors that are known, each hard for some combiner. Definitions are those of the tests of `@chorale/combiners`.
 *
 * A problem has a `title`, `make(seed)` for an acceptance case with draws of its sub-posteriors (`quick` for few), `modes` where it has several, `mostSeeds` where a seed takes minutes, and `inflate: false` where its
 * powers are the point.
 */
import { importTest } from './load.mjs'

const { c1, c10, c12, c2, c2Log, c2Whole, c3, c6, c7, c8, c8Modes, c9, golden, minorityMode } = await importTest('acceptance/cases.ts')

const squaredDistance = (a, b) => a.reduce((total, value, j) => total + (value - b[j]) * (value - b[j]), 0)
const nearest = (centres, position) => {
  const distances = centres.map(centre => squaredDistance(centre, position))
  return distances.indexOf(Math.min(...distances))
}
const equalModes = centres => centres.map((_, k) => ({ mass: 1 / centres.length, contains: position => nearest(centres, position) === k }))

const fourModes = equalModes(c8Modes)
const twoSides = [
  { mass: golden.C6.massLeft, contains: ([x]) => x < -2 },
  { mass: 1 - golden.C6.massLeft, contains: ([x]) => x >= -2 },
]
const eitherSide = [
  { mass: 0.5, contains: ([x]) => x > 0 },
  { mass: 0.5, contains: ([x]) => x <= 0 },
]

const problemOf = (title, make, draws, rest = {}) => ({
  title,
  draws,
  make: (seed, quick) => make({ seed, draws: quick ? Math.min(draws, 500) : draws }),
  ...rest,
})

const acceptance = {
  C1: problemOf('8 unlike Gaussian shards, d = 5', c1, 20_000),
  C2: problemOf('Poisson counts, rate, 20 shards', c2, 10_000),
  C2log: problemOf('Poisson counts, log rate, 20 shards', c2Log, 10_000),
  C2w: problemOf('the same, each shard with its whole Jacobian', c2Whole, 10_000, { inflate: false }),
  C3: problemOf('30 events in 10,000 trials, 15 shards', c3, 10_000),
  C6: problemOf('two modes of unlike width, 10 shards', c6, 10_000, { modes: twoSides }),
  C7: problemOf('banana, 4 shards, d = 2', c7, 10_000),
  C8: problemOf('four modes, 4 shards, d = 2', settings => c8('all', settings), 10_000, { modes: fourModes }),
  C8m: problemOf('four modes, one missing in a shard', settings => c8('one mode missing', settings), 10_000, { modes: fourModes }),
  C8k: problemOf('four modes, three found by no shard', settings => c8('one mode', settings), 10_000, { modes: fourModes }),
  C9a: problemOf('logistic, rare predictor, 10 shards, d = 5', settings => c9(10, settings), 2000),
  C9b: problemOf('logistic, rare predictor, 100 tiny shards', settings => c9(100, settings), 2000),
  C10: problemOf('Gaussian, 10 shards, d = 100', settings => c10(settings), 2000, { mostSeeds: 1 }),
  C10s: problemOf('Gaussian, 10 shards, d = 100, 300 draws each', settings => c10(settings), 300, { mostSeeds: 1 }),
  C12: problemOf('two shards 8 of their sds apart', settings => c12(4, settings), 10_000),
  M20: problemOf('two modes, minority mode in 2 of 16 shards, d = 20', settings => minorityMode(settings), 1000, { modes: eitherSide }),
}

/** Those of the claims tests that are the same posteriors as the ones above. */
const known = [
  'Gaussian, unlike shards',
  'banana',
  'four modes',
  'four modes, one missing in a shard',
  'four modes, three missing everywhere',
  'separated shards',
  'minority mode, d = 20',
  '100 dimensions, few draws',
  'rare predictor, 100 tiny shards',
]

async function further() {
  const { problems } = await importTest('claims/problems.ts')
  const others = problems.filter(({ name }) => !known.includes(name))
  return Object.fromEntries(others.map(({ name, make }, k) => [`X${k + 1}`, { title: name, draws: 2000, make: seed => make(seed) }]))
}

export const problems = { ...acceptance, ...(await further()) }

/** Problems of a quick look. */
export const quickProblems = ['C1', 'C6', 'C8m']
