import type { Summary } from '@chorale/core'

import { labelled, TIE } from './labelled.js'
import { formatCount } from './number.js'
import { reported, type Limited, type Reported, type ReportedShard } from './reported.js'
import { formatTable, type Alignment } from './table.js'

/** Shards that are named, where not all are asked for. */
const SHARDS_NAMED = 3
const UNKNOWN = 'cannot be told'
/** The bias up to which the advice on the number of shards goes, in posterior sd. */
const TOLERABLE_BIAS = 0.1

const fixed = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}${TIE}%`
const sd = (value: number): string => `${value.toFixed(2)}${TIE}sd`

/** What is known of a combination besides its draws: agreement of the shards, predicted errors, the shards that matter most, the check. Only what was computed. */
export function diagnosticLines(summary: Summary, { verbose }: { readonly verbose: boolean }): readonly string[] {
  const found = reported(summary)
  return [
    ...betweenLine(summary, found),
    ...chosenLine(found),
    ...limitedLine('Bias', found.predictedBias, sd, 'predicted from skewness'),
    ...limitedLine('Tails', found.tails, percent, 'of an sd predicted from heavy or light tails'),
    ...overlapLine(found),
    ...apartLine(found),
    ...namedShards('Modes', found.severalModes, 'several separated modes', ['has', 'have']),
    ...namedShards('Weak', found.weakShards, 'next to nothing of some direction of the parameters', ['knows', 'know']),
    ...(verbose ? shardsTable(found.shards) : leadingShards(found.shards)),
    ...triedLine(found),
    ...checkLine(summary),
    // A combination that the density has corrected has no bias to avoid.
    ...(summary.verification.verdict === 'exact' && !verbose ? [] : adviceLine(found, summary.shards.length)),
  ]
}

/** `Q 14.2 on 9, p 0.114, I2 0.37`: of the chains, or where the run did not look, of the combiner. */
function betweenLine({ heterogeneity }: Summary, found: Reported): readonly string[] {
  if (heterogeneity) {
    const { q, degreesOfFreedom, pValue, i2 } = heterogeneity
    return [
      labelled('Between', q === null ? UNKNOWN : `Q ${fixed(q, 1)} on ${degreesOfFreedom}, p ${fixed(pValue, 3)}, I2 ${fixed(i2, 2)}`),
    ]
  }
  if (found.heterogeneity === undefined) return []
  if (found.heterogeneity === null) return [labelled('Between', UNKNOWN)]
  const { q, df, p, i2 } = found.heterogeneity
  return [labelled('Between', `Q ${fixed(q, 1)} on ${df}, p ${fixed(p, 3)}, I2 ${fixed(i2, 2)}`)]
}

const chosenLine = ({ chosen, why }: Reported): readonly string[] =>
  chosen === undefined ? [] : [labelled('Chosen', why === undefined ? chosen : `${chosen}: ${why}`)]

function limitedLine(label: string, found: Limited | null | undefined, format: (value: number) => string, what: string): readonly string[] {
  if (found === undefined) return []
  const value = found?.value ?? null
  if (value === null) return [labelled(label, UNKNOWN)]
  const upper = found?.upper95 ?? null
  return [labelled(label, `${format(value)} ${what}${upper === null ? '' : ` (95${TIE}% limit ${format(upper)})`}`)]
}

function overlapLine({ overlap }: Reported): readonly string[] {
  if (overlap === undefined) return []
  if (overlap === null) return [labelled('Overlap', UNKNOWN)]
  const { least, mean, expected } = overlap
  if (mean === 0) return [labelled('Overlap', `no draw of a shard lies where the posterior does; of alike shards ${percent(expected)}`)]
  const text = `${percent(mean)} of a shard's draws lie where the posterior does, at least ${percent(least)}; of alike shards ${percent(expected)}`
  return [labelled('Overlap', text)]
}

function apartLine({ disagreement }: Reported): readonly string[] {
  const [first] = [...disagreement].sort(([, a], [, b]) => b - a)
  return first === undefined ? [] : [labelled('Apart', `means of combiners by up to ${sd(first[1])} (${first[0]})`)]
}

function namedShards(label: string, shards: readonly number[], what: string, [one, many]: readonly [string, string]): readonly string[] {
  if (shards.length === 0) return []
  const names = shards.slice(0, 10).join(', ')
  const more = shards.length > 10 ? ` and ${shards.length - 10} more` : ''
  return [labelled(label, `shard${shards.length === 1 ? '' : 's'} ${names}${more} ${shards.length === 1 ? one : many} ${what}`)]
}

/** The shards that hold most of the precision, and those without which the mean would move farthest. */
function leadingShards(shards: readonly ReportedShard[]): readonly string[] {
  const influence = leading(shards, shard => shard.influence)
  const moves = leading(shards, shard => shard.leaveOneOut ?? null)
  return [
    ...(influence.length === 0
      ? []
      : [labelled('Weight', `of the precision: ${influence.map(([shard, value]) => `${percent(value)} in shard ${shard}`).join(', ')}`)]),
    ...(moves.length > 0
      ? [labelled('Left out', `the mean moves by ${moves.map(([shard, value]) => `${sd(value)} without shard ${shard}`).join(', ')}`)]
      : shards.length > 1 && shards.every(({ leaveOneOut }) => leaveOneOut === null)
        ? [labelled('Left out', `how far the mean would move ${UNKNOWN}`)]
        : []),
  ]
}

function leading(
  shards: readonly ReportedShard[],
  valueOf: (shard: ReportedShard) => number | null,
): readonly (readonly [shard: number, value: number])[] {
  return shards
    .flatMap(shard => {
      const value = valueOf(shard)
      return value === null ? [] : [[shard.shard, value] as const]
    })
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHARDS_NAMED)
}

const RIGHT: readonly Alignment[] = ['right', 'right', 'right', 'right', 'left']

function shardsTable(shards: readonly ReportedShard[]): readonly string[] {
  if (shards.length === 0) return []
  const rows = shards.map(({ shard, influence, leaveOneOut, predictedBias, method }) => [
    String(shard),
    influence === null ? '-' : percent(influence).replaceAll(TIE, ' '),
    fixed(leaveOneOut ?? null, 2),
    fixed(predictedBias, 2),
    method ?? '-',
  ])
  return [formatTable(['shard', 'weight', 'left out (sd)', 'bias if all were like it (sd)', 'precision by'], rows, RIGHT)]
}

function triedLine({ importance }: Reported): readonly string[] {
  if (!importance) return []
  const { paretoK, kThreshold, weightEss, coverage, doubt } = importance
  const figures = [
    ...(paretoK === null ? [] : [`k-hat ${fixed(paretoK, 2)}${limit(kThreshold)}`]),
    ...(weightEss === null ? [] : [`weight ESS ${formatCount(weightEss)}`]),
    ...(coverage === null ? [] : [`coverage ${fixed(coverage, 1)}`]),
    ...(doubt === undefined ? [] : [doubt]),
  ]
  return [labelled('Tried', `importance sampling, not kept: ${figures.join(', ')}`)]
}

const limit = (threshold: number | null): string => (threshold === null ? '' : ` (limit ${fixed(threshold, 2)})`)

function checkLine({ verification }: Summary): readonly string[] {
  const { paretoK, kThreshold, weightEss, positions, coverage, maxShift } = verification
  if (positions === null) return []
  const parts = [
    `k-hat ${paretoK === null ? UNKNOWN : fixed(paretoK, 2)}${limit(kThreshold)}`,
    `weight ESS ${formatCount(weightEss)} of ${formatCount(positions)}`,
    ...(coverage === undefined ? [] : [`coverage ${coverage === null ? UNKNOWN : fixed(coverage, 1)}`]),
    ...(maxShift === null ? [] : [`largest shift of a mean ${fixed(maxShift, 3)} sd`]),
  ]
  return [labelled('Check', parts.join(', '))]
}

/** The run as a pilot: how many shards its rows bear. The bias goes with their number less one; what its draws are too few to tell is said. */
function adviceLine({ advisedShards, predictedBias }: Reported, shards: number): readonly string[] {
  if (advisedShards === undefined) return []
  const kept = `the predicted bias below ${TOLERABLE_BIAS}${TIE}sd`
  if (advisedShards <= 1) {
    const instead = 'one shard (sharding.enable: never), or a combiner that evaluates the density (combination: amis)'
    return [labelled('Advice', `no split keeps ${kept}: ${instead}`)]
  }
  const most = Math.min(advisedShards, shards)
  const possible = ((predictedBias?.upper95 ?? 0) * (most - 1)) / (shards - 1)
  const unsure = possible > TOLERABLE_BIAS ? `; but ${sd(possible)} is possible, and more draws would tell` : ''
  const advice =
    most === shards
      ? `${formatCount(shards)} shards keep ${kept}`
      : `at most ${formatCount(most)} shards keep ${kept} (sharding.shards: ${most})`
  return [labelled('Advice', `${advice}${unsure}`)]
}
