import { ebfmi } from '@chorale/diagnostics'

import { chainClass } from '../chain-key.js'
import { html, type Markup } from '../markup.js'
import { tableMarkup } from '../data-table.js'
import { countText, percentText, ratioText, secondsText, shortNumber } from '../number-text.js'
import * as Plot from '../plot.js'
import { examinedNote, type ReportContext } from '../report-context.js'
import { readStatistics } from '../scalar-draws.js'
import { shares } from '../shares.js'

const STATISTICS = ['energy', 'diverging', 'accept_prob', 'num_steps', 'tree_depth'] as const
const BINS = 30
/** Below, energies change too slowly from draw to draw. Source: Betancourt (2016), arXiv 1604.00695; the limit is CmdStan's. */
const FEWEST_BFMI = 0.3

interface Chain {
  readonly chain: number
  readonly energy?: Float64Array
  readonly depths: ReadonlyMap<number, number>
  readonly draws: number
  readonly row: readonly (string | number)[]
}

/** Energy, tree depth and step size of the chains. */
export async function samplerSection(context: ReportContext): Promise<Markup | undefined> {
  const { examined, figures } = context
  if (!examined) return undefined
  const chains: Chain[] = []
  for (const { chain, rows, statistics, stepSize, seconds } of examined.set.chains) {
    if (!statistics) continue
    const { energy, diverging, accept_prob: accept, num_steps: steps, tree_depth: depth } = await readStatistics(statistics, STATISTICS)
    chains.push({
      chain,
      ...(energy ? { energy } : {}),
      depths: countsOf(depth ?? new Float64Array(0)),
      draws: rows,
      row: [
        `chain ${chain}`,
        shortNumber(stepSize),
        shortNumber(mean(accept)),
        shortNumber(mean(steps)),
        countText(diverging && diverging.filter(value => value === 1).length),
        ratioText(energy && ebfmi(energy)),
        secondsText(seconds?.warmup),
        secondsText(seconds?.sampling),
      ],
    })
  }
  if (chains.length === 0) return undefined
  return html`<section aria-labelledby="sampler">
    <h2 id="sampler">Energy, tree depth and step size</h2>
    ${examinedNote(context)}
    <p>
      E-BFMI below ${FEWEST_BFMI} means that energies change too little from draw to draw for the spread that they have: tails are explored
      slowly. In the pictures the distribution of changes should then be much narrower than that of energies.
    </p>
    ${tableMarkup({
      caption: 'The chains',
      columns: ['chain', 'step size', 'acceptance', 'leapfrog steps', 'divergences', 'E-BFMI', 'warm-up', 'sampling'],
      rows: chains.map(({ row }) => row),
    })}
    <div class="figures">${chains.map(chain => energyFigure(figures, chain))} ${depthFigure(context, chains)}</div>
  </section>`
}

const mean = (values: Float64Array | undefined): number | undefined =>
  values && values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : undefined

function countsOf(values: Float64Array): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function energyFigure(figures: ReportContext['figures'], { chain, energy }: Chain): Markup | undefined {
  if (!energy || energy.length < 20 || !energy.every(Number.isFinite)) return undefined
  const center = mean(energy)!
  const changes = energy.subarray(1).map((value, i) => value - energy[i]!)
  const centred = energy.map(value => value - center)
  const reach = Math.max(...[centred, changes].map(values => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)))
  if (!(reach > 0)) return undefined
  const [ofEnergy, ofChange] = [centred, changes].map(values => shares(values, reach, BINS)) as [number[], number[]]
  const at = (bin: number): number => reach * ((2 * (bin + 0.5)) / BINS - 1)
  const curve = (values: readonly number[]) => values.map((share, bin) => ({ at: at(bin), share }))
  const value = ebfmi(energy)
  return figures.figure({
    title: `Energy of chain ${chain}: E-BFMI ${ratioText(value)}`,
    description: `Distribution of energies about their mean (area) and of their changes from draw to draw (line); E-BFMI is ${ratioText(value)}, ${value >= FEWEST_BFMI ? 'above' : 'not above'} ${FEWEST_BFMI}.`,
    x: { label: 'energy, from its mean', ticks: 4 },
    y: { label: '% of draws', ticks: 3, percent: true },
    marks: [
      Plot.areaY(curve(ofEnergy), { x: 'at', y: 'share', fill: 'var(--band)', curve: 'step' }),
      Plot.line(curve(ofChange), {
        x: 'at',
        y: 'share',
        stroke: 'currentColor',
        strokeWidth: 1.6,
        curve: 'step',
        className: chainClass(chain),
      }),
    ],
    note: 'Area: energies; line: changes.',
    table: {
      caption: `Energy of chain ${chain}, shares of draws`,
      columns: ['from the mean', 'energies', 'changes'],
      rows: ofEnergy.map((share, bin) => [shortNumber(at(bin)), percentText(share), percentText(ofChange[bin]!)]),
    },
    places: ofEnergy.map((_, bin) => [at(bin), 100 * ofChange[bin]!]),
  })
}

function depthFigure({ figures, run }: ReportContext, chains: readonly Chain[]): Markup | undefined {
  const depths = [...new Set(chains.flatMap(({ depths: own }) => [...own.keys()]))].sort((a, b) => a - b)
  if (depths.length === 0) return undefined
  const deepest = run.record?.plan.sampling.maxTreeDepth
  const share = (depth: number): number =>
    chains.reduce((total, { depths: own }) => total + (own.get(depth) ?? 0), 0) / chains.reduce((total, { draws }) => total + draws, 0)
  const bars = depths.map(depth => ({ depth: String(depth), share: share(depth) }))
  const full = deepest === undefined ? 0 : share(deepest)
  return figures.figure({
    title: 'Depth of trees',
    description: `How deep the trees of draws are: most often ${depths.reduce((best, depth) => (share(depth) > share(best) ? depth : best), depths[0]!)}${deepest === undefined ? '' : `; ${percentText(full)} reached the largest depth allowed, ${deepest}`}.`,
    x: { label: 'tree depth', type: 'band' },
    y: { label: '% of draws', percent: true, ticks: 4 },
    marks: [Plot.barY(bars, { x: 'depth', y: 'share', fill: 'var(--soft)' }), Plot.ruleY([0], { stroke: 'var(--line)' })],
    ...(full > 0 ? { note: `${percentText(full)} reached the largest depth, ${deepest}: their trajectories were cut off.` } : {}),
    table: {
      caption: 'Draws by depth of their tree',
      columns: ['depth', ...chains.map(({ chain }) => `chain ${chain}`)],
      rows: depths.map(depth => [depth, ...chains.map(({ depths: own }) => countText(own.get(depth) ?? 0))]),
    },
    places: bars.map(({ depth, share: height }) => [depth, 100 * height]),
  })
}
