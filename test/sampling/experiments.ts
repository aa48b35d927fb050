import eightSchoolsModel from '../models/posteriordb/eight-schools.js'
import { ranksOf, rankStatistics, type Experiment, type ReplicationOptions } from '../models/replications.js'
import { IS_LONG, type Ranks } from './calibration.js'
import { correlatedNormal } from './correlated-normal.js'
import hierarchicalLogistic from './hierarchical-logistic.js'

/** Everything but how many replications of which seed. */
type Sampling = Omit<ReplicationOptions, 'replications' | 'seed' | 'start' | 'thin'>

/** Chains start at random places. A short warm-up makes as many replications cheap, and nothing of it may show in the draws. */
const COMMON = { start: 'random', ...(IS_LONG ? {} : { warmup: 300 }) } as const

const rows = (count: number, value: (row: number) => number = () => 0): Float64Array =>
  Float64Array.from({ length: count }, (_, row) => value(row))

const eightSchoolsData: Experiment = {
  model: eightSchoolsModel,
  data: { y: rows(8), sigma: Float64Array.from([15, 10, 16, 11, 9, 11, 10, 18]) },
  simulate: parameters => ({ y: parameters['effect']! }),
}

const logisticData: Experiment = {
  model: hierarchicalLogistic,
  data: { group: rows(24, row => row % 4), x: rows(24, row => ((row * 7) % 12) / 6 - 1), success: rows(24) },
}

/** Transitions between two draws that are ranked among: so many that these are nearly independent, which many replications judge more strictly. */
const spacing = (transitions: number): number => (IS_LONG ? 3 * transitions : transitions)

/** Of so many correlated normals. */
export const normalRanks =
  (dimension: number, sampling: Sampling): Ranks =>
  options =>
    ranksOf(correlatedNormal(dimension), { ...COMMON, ...sampling, ...options, thin: spacing(3) })

export const eightSchoolsRanks =
  (sampling: Sampling): Ranks =>
  options =>
    rankStatistics(eightSchoolsData, { ...COMMON, ...sampling, ...options, thin: spacing(10) })

export const logisticRanks =
  (sampling: Sampling): Ranks =>
  options =>
    rankStatistics(logisticData, { ...COMMON, ...sampling, ...options, thin: spacing(5) })
