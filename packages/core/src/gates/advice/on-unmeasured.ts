import type { GateCode } from '../gate.js'
import type { RunGate } from '../gate-summary.js'
import type { ExaminedShard } from './shard-draws.js'

/** Draws of a chain that its halves need: two each for R-hat, three each for an effective sample size. */
const LEAST_DRAWS: Readonly<Partial<Record<GateCode, number>>> = { RHAT: 4, ESS_BULK: 6, ESS_TAIL: 6 }

/** A gate whose quantity could not be computed: why. */
export function onUnmeasured(
  { result: { code, parameter, chain } }: RunGate,
  { chains }: Pick<ExaminedShard, 'chains'>,
): readonly string[] {
  const least = LEAST_DRAWS[code]
  if (least === undefined) {
    return [
      `the sampler's statistics of ${chain === undefined ? 'some chain' : `chain ${chain}`} do not vary or are not numbers: look at the density and gradient where it is (chorale model inspect)`,
    ]
  }
  const draws = Math.min(...chains.map(({ rows }) => rows))
  if (draws < least) return [`it takes at least ${least} draws a chain, and there are ${draws}: raise sampling.draws`]
  return [
    `${parameter ?? 'a coordinate'} has values that do not vary or are not finite: look at the model's density there (chorale model inspect)`,
  ]
}
