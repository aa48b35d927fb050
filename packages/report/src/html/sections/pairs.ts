import type { DrawSet } from '../../readable-run.js'
import { html, type Markup } from '../markup.js'
import { counted, countText, shortNumber } from '../number-text.js'
import { ALL_DIVERGENT, correlationOf, readPairDraws, worstPairs, type Pair, type PairDraws, type PairLimits } from '../pair-draws.js'
import { examinedNote, type ReportContext } from '../report-context.js'
import { elementColumns } from '../scalar-draws.js'

/** Divergent draws that the table behind a figure has. */
const LISTED = 50

/** Where draws diverged, in the pairs of parameters that show it best. */
export async function pairsSection(context: ReportContext): Promise<Markup | undefined> {
  const { examined } = context
  if (!examined) return undefined
  const found = await readPairs(context, examined.set, ALL_DIVERGENT)
  if (!found) return undefined
  const { pairDraws, pairs } = found
  const { divergences, draws } = pairDraws
  const isPositive = positiveIn(context, examined.set)
  return html`<section aria-labelledby="divergences">
    <h2 id="divergences">Divergences</h2>
    ${examinedNote(context)}
    <p>
      ${
        divergences === 0
          ? `None of ${counted(draws, 'draw')} diverged. Shown are the pairs of parameters with the largest correlations.`
          : `${counted(divergences, 'draw')} of ${countText(draws)} diverged (crosses): there the sampler could not follow the posterior, and regions near them may be missing from the draws. Shown are the pairs in which they are furthest from the others.`
      }
      ${
        draws - divergences > ALL_DIVERGENT.ordinary && `Of draws that did not diverge about ${countText(ALL_DIVERGENT.ordinary)} are shown`
      }${
        draws - divergences > ALL_DIVERGENT.ordinary &&
        (pairDraws.divergent[0]!.length === divergences
          ? '; all divergences are.'
          : `, of divergences ${countText(pairDraws.divergent[0]!.length)}.`)
      }
    </p>
    <div class="figures">${pairs.map(pair => pairFigure(context, pairDraws, { pair, isPositive, listed: LISTED }))}</div>
  </section>`
}

/** Points of the picture of a shard that stands beside many others. */
const FEW: PairLimits = { ordinary: 200, divergent: 200 }
const FEW_LISTED = 10

/** The pair that shows best where draws of a shard diverged; undefined without any. */
export async function divergencesFigure(context: ReportContext, set: DrawSet, shard: number): Promise<Markup | undefined> {
  const found = await readPairs(context, set, FEW)
  if (!found || found.pairDraws.divergences === 0) return undefined
  const { pairDraws, pairs } = found
  return pairFigure(context, pairDraws, { pair: pairs[0]!, isPositive: positiveIn(context, set), shard, listed: FEW_LISTED })
}

async function readPairs(
  { chosen }: ReportContext,
  set: DrawSet,
  limits: PairLimits,
): Promise<{ readonly pairDraws: PairDraws; readonly pairs: readonly Pair[] } | undefined> {
  const known = elementColumns(set)
  const pairDraws = await readPairDraws(
    set,
    chosen.names.filter(name => known.has(name)),
    limits,
  )
  if (!pairDraws || pairDraws.ordinary.some(values => !values.every(Number.isFinite))) return undefined
  const pairs = worstPairs(pairDraws)
  return pairs.length === 0 ? undefined : { pairDraws, pairs }
}

/** Which scalars have a logarithmic axis. */
function positiveIn({ run }: ReportContext, set: DrawSet): (name: string) => boolean {
  const positive = new Set(run.record?.plan.parameters.filter(({ support }) => support === 'positive').map(({ name }) => name))
  return name =>
    set.scale === 'constrained' &&
    set.sites.some(site => positive.has(site.name) && (name === site.name || name.startsWith(`${site.name}[`)))
}

interface PairOptions {
  readonly pair: Pair
  readonly isPositive: (name: string) => boolean
  /** Left out of the one that is examined. */
  readonly shard?: number
  /** Draws that the table behind the figure has. */
  readonly listed: number
}

function pairFigure(
  { figures }: ReportContext,
  { names, ordinary, divergent }: PairDraws,
  { pair: { a, b, why }, isPositive, shard, listed }: PairOptions,
): Markup {
  const [left, right] = [names[a]!, names[b]!]
  const points = (values: readonly Float64Array[]) => Array.from(values[a]!, (x, i) => [x, values[b]![i]!] as const)
  const axis = (k: number) => {
    const values = [ordinary[k]!, divergent[k]!]
    const [low, high] = [Math.min, Math.max].map(f =>
      values.reduce((best, own) => own.reduce((x, y) => f(x, y), best), ordinary[k]![0]!),
    ) as [number, number]
    return {
      // Of logarithmic axes the default would write 0.1 as 100m.
      ...(isPositive(names[k]!) && low > 0
        ? { type: 'log' as const, tickFormat: (value: number) => String(Number(value.toPrecision(3))) }
        : { type: 'linear' as const }),
      domain: [low, high],
      label: names[k]!,
      ticks: 4,
      nice: true,
    }
  }
  const crosses = points(divergent)
  return figures.figure({
    title: shard === undefined ? `${left} and ${right}` : `Divergences in shard ${shard}: ${left} and ${right}`,
    parameters: [left, right],
    description: `Draws of ${left} and ${right}: correlation ${correlationOf(ordinary[a]!, ordinary[b]!).toFixed(2)}, ${counted(crosses.length, 'divergent draw')}.`,
    height: 260,
    x: axis(a),
    y: axis(b),
    marks: [],
    specks: [
      { className: 'cloud', shape: 'dot', points: points(ordinary) },
      { className: 'divergent', shape: 'cross', points: crosses },
    ],
    note: `Shown for: ${why}.`,
    table:
      crosses.length > 0
        ? {
            caption: `Divergent draws${crosses.length > listed ? `, the first ${listed} of ${crosses.length}` : ''}`,
            columns: ['divergence', left, right],
            rows: crosses.slice(0, listed).map(([x, y], k) => [k + 1, shortNumber(x), shortNumber(y)]),
          }
        : {
            caption: `Draws of ${left} and ${right}, some of them`,
            columns: ['draw', left, right],
            rows: points(ordinary)
              .filter((_, k) => k % Math.ceil(ordinary[a]!.length / listed) === 0)
              .map(([x, y], k) => [k + 1, shortNumber(x), shortNumber(y)]),
          },
    places:
      crosses.length > 0 ? crosses.slice(0, listed) : points(ordinary).filter((_, k) => k % Math.ceil(ordinary[a]!.length / listed) === 0),
  })
}
