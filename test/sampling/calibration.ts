import { ADAPTATION_NAMES } from '../models/adaptations.js'
import { judgeRanks } from '../models/rank-statistics.js'
import type { ReplicationOptions } from '../models/replications.js'

/** `CHORALE_LONG_TESTS=1` takes 2,000 replications instead of 100: four times as many as find every planted bug. */
export const IS_LONG = process.env['CHORALE_LONG_TESTS'] === '1'
export const REPLICATIONS = IS_LONG ? 2000 : 100

/** The adaptations that are calibrated: long runs take all. */
export const CALIBRATED = ADAPTATION_NAMES.filter(name => IS_LONG || name !== 'Stan, low-rank')

const SEED = 5
const SECOND_SEED = 6
const MORE = 4

/** Ranks of true values among draws, by quantity. */
export type Ranks = (options: Pick<ReplicationOptions, 'replications' | 'seed'>) => Promise<ReadonlyMap<string, readonly number[]>>

/** The quantities, with how they fail, whose ranks are not uniform. */
export async function notUniform(ranks: Ranks, replications: number, seed = SEED): Promise<ReadonlyMap<string, string>> {
  const found = await ranks({ replications, seed })
  return new Map(
    [...found].flatMap(([quantity, values]) => {
      const verdict = judgeRanks(values)
      return verdict.passes ? [] : [[quantity, JSON.stringify(verdict)]]
    }),
  )
}

/**
 * The quantities whose ranks are not uniform twice: in as many replications, and in four times as many of another seed. Hundreds of quantities are judged
 * by three criteria that chance fails once in a thousand: a first failure alone would be no news. The second look doubles the power against a bias that
 * is real, and chance does not fail the same quantity again.
 */
export async function miscalibrated(name: string, ranks: Ranks, replications: number): Promise<ReadonlyMap<string, string>> {
  const first = await notUniform(ranks, replications)
  if (first.size === 0) return first
  console.log(`${name}: looking again at ${[...first].map(([quantity, how]) => `${quantity} ${how}`).join(', ')}`)
  const second = await notUniform(ranks, MORE * replications, SECOND_SEED)
  return new Map([...second].filter(([quantity]) => first.has(quantity)))
}
