import type { CompletedShard } from '../execution/completed-shard.js'
import type { Warning } from '../run-event.js'
import type { AdviceContext } from './advice/advice.js'
import type { GateResult } from './judge.js'

/**
 * A share of divergent draws that biases what they leave out noticeably: eight schools, centred, with half of the data's standard errors diverge in 3 draws of
 * 1000, and the logarithm of their scale comes out with two thirds of its standard deviation while every gate passes.
 */
const NOTICEABLE = 0.001
/** Fewer tell nothing. */
const FEWEST = 5

/** The shard that diverged most, where that is more than one draw in 1000 and its gate allows it. */
export function noticeableDivergences(shards: readonly CompletedShard[]): GateResult | undefined {
  const noticed = shards.filter(({ health }) => health.divergences >= FEWEST && health.divergenceRate > NOTICEABLE)
  const allowed = noticed.flatMap(({ gates }) => gates.filter(({ code, passed }) => code === 'DIVERGENCES' && passed))
  return allowed.sort((a, b) => b.measured - a.measured)[0]
}

/** As the reason of a verdict. */
export const divergencesInWords = ({ shard, finding }: GateResult): string =>
  `shard ${shard}: ${finding.replace(/ \(limit:.*/, '')}: parts of the posterior may not have been reached`

/** What is said of divergences that the gate allows, with the most specific advice. */
export async function divergenceWarning(result: GateResult, context: AdviceContext): Promise<Warning> {
  const { adviceOn } = await import('./advice/advice.js')
  const [advice] = await adviceOn({ result }, context)
  const said = `shard ${result.shard}: ${result.finding}: the gate allows it, the verdict does not, since parts of the posterior may not have been reached`
  return { code: 'DIVERGENCES', message: [said, ...(advice === undefined ? [] : [advice])].join('; ') }
}
