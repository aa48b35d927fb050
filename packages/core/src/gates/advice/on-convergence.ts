import type { RunGate } from '../gate-summary.js'
import type { AdviceContext } from './advice.js'
import { disagreement, type Disagreement } from './chain-disagreement.js'
import { funnels } from './funnel.js'
import { reparameterise } from './on-curvature.js'
import { correlationAdvice } from './on-steps.js'
import { coordinateDraws, short, type ExaminedShard } from './shard-draws.js'

/** What chains that only need longer may be slow for comes before asking for longer ones. */
const ONLY_SLOW: readonly Disagreement['kind'][] = ['moving', 'spread']

/** R-hat: how the chains disagree in the worst coordinate, and what makes them slow. */
export async function onConvergence({ result }: RunGate, shard: ExaminedShard, context: AdviceContext): Promise<readonly string[]> {
  const coordinate = result.coordinate!
  const chains = await coordinateDraws(shard, coordinate)
  const found = disagreement(chains, result.limit)
  if (!found) return []
  const how = sentence(found, result.parameter!, { of: chains.length, context })
  if (found.kind === 'still') return [how]
  const why = [...reparameterise(await funnels(shard)), ...(await correlationAdvice(shard, context))]
  return ONLY_SLOW.includes(found.kind) ? [...why, how] : [how, ...why]
}

function sentence(found: Disagreement, name: string, { of, context }: { readonly of: number; readonly context: AdviceContext }): string {
  const { warmup, draws } = context.record.plan.sampling
  const longer = `sampling.warmup (${warmup} now)`
  switch (found.kind) {
    case 'still':
      return stillSentence(found.chains, name, { of, longer })
    case 'one':
      return `chain ${found.chain} alone disagrees: its ${found.what} of ${name} is ${short(found.at)}, that of the others ${short(found.others)}, and without it R-hat would be ${found.without.toFixed(3)}. It has found a place of its own, or was still on its way: set where chains start (sampling.initialValues), or raise ${longer}`
    case 'spread':
      return `the chains agree on where ${name} is (R-hat ${found.plain.toFixed(3)}) but not on how far it spreads (${found.folded.toFixed(3)} of distances from the median): tails that some chains visit and others do not; reparameterise ${name}, or raise sampling.draws (${draws} now)`
    case 'moving':
      return `${chainList(found.chains)} ${found.chains.length === 1 ? 'is' : 'are'} still moving: R-hat of ${name} is up to ${found.largest.toFixed(3)} between the halves of one chain; raise ${longer} and sampling.draws (${draws} now)`
    case 'apart':
      return `the chains sit in places of their own, with means of ${name} from ${short(found.from)} to ${short(found.to)}, and stay there: the posterior may have several modes, as where labels can swap (order the components), or chains started too far apart (sampling.initialValues)`
  }
}

function stillSentence(still: readonly number[], name: string, { of, longer }: { readonly of: number; readonly longer: string }): string {
  if (still.length === of) {
    return `no chain moves in ${name}, each stays where it started: start them elsewhere (sampling.initialValues, sampling.initStrategy), and look at the density and gradient there (chorale model inspect)`
  }
  const [stay, they, them] = still.length === 1 ? ['stays', 'it', 'it'] : ['stay', 'they', 'them']
  return `${chainList(still)} ${stay} where ${they} started in ${name} while the others move: start ${them} elsewhere (sampling.initialValues, sampling.initStrategy), or give ${them} a longer warm-up: ${longer}`
}

const chainList = (chains: readonly number[]): string =>
  chains.length === 1 ? `chain ${chains[0]}` : `chains ${chains.slice(0, 10).join(', ')}${chains.length > 10 ? ', ...' : ''}`
