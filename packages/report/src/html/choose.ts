import type { DrawSet, SummaryRow } from '../readable-run.js'
import type { ChosenParameters, ExaminedShard } from './report-context.js'
import { counted } from './number-text.js'
import type { ReportedRun, ReportedShard } from './reported-run.js'
import { elementColumns } from './scalar-draws.js'

/** Parameters that figures are made of. */
export const FIGURES = 9

/** The elements with figures: all, or of many the ones that mixed worst. Those of the posterior, with the rows of the table where there is one. */
export function chooseParameters(set: DrawSet, table: Readonly<Record<string, SummaryRow>> | undefined): ChosenParameters {
  const names = [...elementColumns(set).keys()]
  if (names.length <= FIGURES) return { names, total: names.length, note: undefined }
  const first = `The first ${FIGURES} of ${counted(names.length, 'scalar')} have figures.`
  if (!table) return { names: names.slice(0, FIGURES), total: names.length, note: first }
  const worst = names
    .map((name, order) => ({ name, order, row: table[name] }))
    .filter(({ row }) => row !== undefined && row.sd > 0)
    .sort((a, b) => badness(b.row!) - badness(a.row!) || a.order - b.order)
    .slice(0, FIGURES)
    .sort((a, b) => a.order - b.order)
    .map(({ name }) => name)
  if (worst.length === 0) return { names: names.slice(0, FIGURES), total: names.length, note: first }
  const by = names.some(name => table[name]?.rhat) ? 'R-hat and effective sample size' : 'effective sample size'
  return {
    names: worst,
    total: names.length,
    note: `Figures are of the ${worst.length} worst of ${counted(names.length, 'scalar')} by ${by}.`,
  }
}

/** How much larger than 1 R-hat is counts first; a thousand effective draws count as much as an R-hat that is 0.001 smaller. */
const badness = ({ rhat, essBulk }: SummaryRow): number =>
  (rhat === null ? 0 : rhat - 1) + (essBulk === null ? 1 : 1 / Math.max(1, essBulk))

/** The shard whose chains are looked at. */
export async function examineShard(run: ReportedRun): Promise<ExaminedShard | undefined> {
  if (run.shards.length === 1) {
    const set = await run.posterior()
    return set.chains.length > 0 ? { id: run.shards[0]!, set, why: undefined } : undefined
  }
  for (const { id, why } of candidates(run)) {
    const set = await run.shard(id)
    if (set.chains.length > 0) return { id, set, why }
  }
  return undefined
}

/** Shards with the most divergences first, then those with the largest R-hat; of a run without a summary in their order. */
export function worstFirst({ summary, shards }: ReportedRun): readonly number[] {
  const known = new Map(summary?.shards.map(shard => [shard.id, shard]))
  const divergences = (id: number): number => known.get(id)?.divergences ?? -1
  const rhat = (id: number): number => known.get(id)?.rhatMax ?? 0
  return [...shards].sort((a, b) => divergences(b) - divergences(a) || rhat(b) - rhat(a) || a - b)
}

interface Candidate {
  readonly id: number
  readonly why: string
}

/** Of a finished run the shard with the most divergences, where there are any, or the largest R-hat; of another one the first that has draws. */
function candidates({ summary, shards }: ReportedRun): readonly Candidate[] {
  const rest = shards.map(id => ({ id, why: 'the first one whose draws can be read' }))
  if (!summary) return rest
  const largest = (read: (shard: ReportedShard) => number | null): ReportedShard | undefined =>
    summary.shards.reduce<ReportedShard | undefined>(
      (best, shard) => ((read(shard) ?? -1) > (best ? (read(best) ?? -1) : -1) ? shard : best),
      undefined,
    )
  const divergent = largest(shard => shard.divergences)
  if (divergent?.divergences) return [{ id: divergent.id, why: `it has the most divergences, ${divergent.divergences}` }, ...rest]
  const stuck = largest(shard => shard.rhatMax)
  return stuck?.rhatMax ? [{ id: stuck.id, why: `its largest R-hat, ${stuck.rhatMax.toFixed(3)}, is that of all shards` }, ...rest] : rest
}
