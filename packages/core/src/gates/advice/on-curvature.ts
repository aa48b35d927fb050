import type { RunGate } from '../gate-summary.js'
import type { AdviceContext } from './advice.js'
import { divergentDraws, type DivergentDraws } from './divergent-draws.js'
import { funnels, type Funnel } from './funnel.js'
import { short, type ExaminedShard } from './shard-draws.js'

/** A chain with at least this share of the divergences is named. */
const MOST_OF_ALL = 0.8
/** Smaller steps than these rarely pay: what still diverges needs another model. */
const SMALLEST_STEPS = 0.95
const FUNNELS_NAMED = 3

/** Divergences: the site to write in another way, where they are, smaller steps. */
export async function onDivergences(_: RunGate, shard: ExaminedShard, context: AdviceContext): Promise<readonly string[]> {
  const where = await divergentDraws(shard)
  const found = await funnels(shard)
  return [...reparameterise(found), ...whereTheyAre(where, shard), ...smallerSteps(shard, context, found.length > 0)]
}

/** E-BFMI: the site to write in another way. */
export async function onEnergy({ result }: RunGate, shard: ExaminedShard): Promise<readonly string[]> {
  const found = await funnels(shard)
  const general = `the energy of chain ${result.chain} moves by too little from draw to draw: reparameterise sites with heavy tails, or whose scale is another site (reparameterize: 'non-centered')`
  return found.length > 0 ? reparameterise(found) : [general]
}

/** A sentence for each site whose spread goes with a scale. */
export const reparameterise = (found: readonly Funnel[]): readonly string[] =>
  found
    .slice(0, FUNNELS_NAMED)
    .map(
      ({ site, scale, correlation }) =>
        `${site} spreads as ${scale} says (correlation ${correlation.toFixed(2)} of their logarithms), the shape of a funnel: reparameterise ${site} non-centred, sample('${site}', ..., { reparameterize: 'non-centered' })`,
    )

function whereTheyAre({ divergent, perChain, apart }: DivergentDraws, { nameOf }: ExaminedShard): readonly string[] {
  const most = perChain.indexOf(Math.max(...perChain))
  return [
    ...(apart
      ? [
          `divergent draws have ${apart.difference < 0 ? 'small' : 'large'} ${nameOf(apart.coordinate)}: their mean is ${short(Math.abs(apart.difference))} sd ${apart.difference < 0 ? 'below' : 'above'} that of the others, on the unconstrained scale`,
        ]
      : []),
    ...(perChain.length > 1 && divergent > 0 && perChain[most]! >= MOST_OF_ALL * divergent
      ? [`${perChain[most]} of the ${divergent} divergent draws are of chain ${most}: look at where it started and at its step size`]
      : []),
  ]
}

function smallerSteps({ shard }: ExaminedShard, { record, shards }: AdviceContext, reparameterised: boolean): readonly string[] {
  const restarted = shards.find(({ shard: id }) => id === shard)?.restarted.at(-1)
  const target = restarted?.targetAcceptProb ?? record.plan.sampling.targetAcceptProb
  if (target < SMALLEST_STEPS) return [`smaller steps may do: sampling.targetAcceptProb: ${SMALLEST_STEPS} (${target} now)`]
  if (reparameterised) return []
  return [
    `steps are small already (target acceptance ${target}): write the site in another way, or give it a prior that keeps it away from there`,
  ]
}
