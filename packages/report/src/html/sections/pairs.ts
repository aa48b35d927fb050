import { html, type Markup } from '../markup.js'
import { counted, countText, shortNumber } from '../number-text.js'
import { CLOUD, correlationOf, readPairDraws, worstPairs, type Pair, type PairDraws } from '../pair-draws.js'
import { examinedNote, type ReportContext } from '../report-context.js'

/** Divergent draws that the table behind a figure has. */
const LISTED = 50

/** Where draws diverged, in the pairs of parameters that show it best. */
export async function pairsSection(context: ReportContext): Promise<Markup | undefined> {
  const { examined, chosen, run } = context
  if (!examined) return undefined
  const pairDraws = await readPairDraws(examined.set, chosen.names)
  if (!pairDraws || pairDraws.ordinary.some(values => !values.every(Number.isFinite))) return undefined
  const pairs = worstPairs(pairDraws)
  if (pairs.length === 0) return undefined
  const { divergences, draws } = pairDraws
  const positive = new Set(run.record?.plan.parameters.filter(({ support }) => support === 'positive').map(({ name }) => name))
  const isPositive = (name: string): boolean =>
    examined.set.scale === 'constrained' &&
    examined.set.sites.some(site => positive.has(site.name) && (name === site.name || name.startsWith(`${site.name}[`)))
  return html`<section aria-labelledby="divergences">
    <h2 id="divergences">Divergences</h2>
    ${examinedNote(context)}
    <p>
      ${
        divergences === 0
          ? `None of ${counted(draws, 'draw')} diverged. Shown are the pairs of parameters with the largest correlations.`
          : `${counted(divergences, 'draw')} of ${countText(draws)} diverged (crosses): there the sampler could not follow the posterior, and regions near them may be missing from the draws. Shown are the pairs in which they are furthest from the others.`
      }
      ${draws - divergences > CLOUD && `Of draws that did not diverge about ${countText(CLOUD)} are shown`}${
        draws - divergences > CLOUD &&
        (pairDraws.divergent[0]!.length === divergences
          ? '; all divergences are.'
          : `, of divergences ${countText(pairDraws.divergent[0]!.length)}.`)
      }
    </p>
    <div class="figures">${pairs.map(pair => pairFigure(context, pairDraws, { pair, isPositive }))}</div>
  </section>`
}

function pairFigure(
  { figures }: ReportContext,
  { names, ordinary, divergent }: PairDraws,
  { pair: { a, b, why }, isPositive }: { readonly pair: Pair; readonly isPositive: (name: string) => boolean },
): Markup {
  const [left, right] = [names[a]!, names[b]!]
  const points = (values: readonly Float64Array[]) => Array.from(values[a]!, (x, i) => [x, values[b]![i]!] as const)
  const axis = (k: number) => {
    const values = [ordinary[k]!, divergent[k]!]
    const [low, high] = [Math.min, Math.max].map(f =>
      values.reduce((best, own) => own.reduce((x, y) => f(x, y), best), ordinary[k]![0]!),
    ) as [number, number]
    return {
      type: isPositive(names[k]!) && low > 0 ? ('log' as const) : ('linear' as const),
      domain: [low, high],
      label: names[k]!,
      ticks: 4,
      nice: true,
    }
  }
  const crosses = points(divergent)
  return figures.figure({
    title: `${left} and ${right}`,
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
            caption: `Divergent draws${crosses.length > LISTED ? `, the first ${LISTED} of ${crosses.length}` : ''}`,
            columns: ['divergence', left, right],
            rows: crosses.slice(0, LISTED).map(([x, y], k) => [k + 1, shortNumber(x), shortNumber(y)]),
          }
        : {
            caption: `Draws of ${left} and ${right}, some of them`,
            columns: ['draw', left, right],
            rows: points(ordinary)
              .filter((_, k) => k % Math.ceil(ordinary[a]!.length / LISTED) === 0)
              .map(([x, y], k) => [k + 1, shortNumber(x), shortNumber(y)]),
          },
    places:
      crosses.length > 0 ? crosses.slice(0, LISTED) : points(ordinary).filter((_, k) => k % Math.ceil(ordinary[a]!.length / LISTED) === 0),
  })
}
