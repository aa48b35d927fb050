import { convergence, ebfmi, runningEbfmi, type Convergence } from '@chorale/diagnostics'

import type { ChainReport } from '../contracts/index.js'
import { readColumns, type ChainRows, type RowsSource } from '../run-directory/index.js'
import { lastDraws } from '../chains/coordinate-chains.js'
import { columnGroups, diagnosticThinning } from '../chains/thinning.js'

/** One shard's chains: coordinates on the unconstrained scale, the sampler's statistics per draw, and what it says of the whole chain. */
export interface ShardChains {
  readonly shard: number
  readonly maxTreeDepth: number
  readonly chains: readonly { readonly draws: ChainRows; readonly stats: RowsSource; readonly report?: ChainReport | undefined }[]
}

/** What is measured on one shard. NaN where a quantity does not exist: R-hat of one chain of equal values, divergences of a sampler that has none. */
export interface ShardHealth {
  readonly shard: number
  /** Columns of statistics that every chain has. */
  readonly recorded: ReadonlySet<string>
  readonly draws: number
  /** Iterations after warm-up: more than draws where draws were thinned and the sampler reports what it did. */
  readonly iterations: number
  /** Of all iterations. */
  readonly divergences: number
  readonly divergenceRate: number
  readonly treeDepthSaturation: number
  readonly acceptProb: number
  readonly rhatMax: number
  readonly essBulkMin: number
  readonly essTailMin: number
  readonly ebfmiMin: number
  /**
   * Coordinates with the largest R-hat and the smallest ESS, where the dimension itself stands for the log density (as `lp__` in Stan); chains with the smallest
   * E-BFMI and acceptance.
   */
  readonly worst: {
    readonly rhat: number
    readonly essBulk: number
    readonly essTail: number
    readonly ebfmi: number
    readonly acceptProb: number
  }
  /** Of every coordinate, in order. */
  readonly coordinates: readonly Convergence[]
  /** R-hat and effective sample sizes are of every so-manieth draw; 1 for all. */
  readonly thinned: number
}

/** Measures one shard from its own chains; combined draws would always look converged. Reads them a few columns at a time. */
export async function shardHealth({ shard, chains, maxTreeDepth }: ShardChains): Promise<ShardHealth> {
  const draws = chains.map(chain => chain.draws)
  const stats = chains.map(chain => chain.stats)
  const every = diagnosticThinning(draws)
  const recorded = new Set(stats[0]!.columns.filter(name => stats.every(({ columns }) => columns.includes(name))))
  const measured: Convergence[] = []
  const measure = async (sources: readonly RowsSource[], columns: readonly number[][]): Promise<void> => {
    const read: Float64Array[][] = []
    for (const [c, source] of sources.entries()) read.push(await readColumns(source, columns[c]!, every))
    columns[0]!.forEach((_, k) => measured.push(convergence(lastDraws(read.map(values => values[k]!)))))
  }
  for (const group of columnGroups(draws[0]!.dimension, draws, every)) {
    await measure(
      draws,
      draws.map(() => group),
    )
  }
  if (recorded.has('potential_energy')) {
    await measure(
      stats,
      stats.map(({ columns }) => [columns.indexOf('potential_energy')]),
    )
  }
  const moves: ChainMoves[] = []
  for (const source of stats) moves.push(await movesOf(source, fullTreeSteps(maxTreeDepth), every > 1))
  const kept = draws.reduce((total, { rows }) => total + rows, 0)
  const { iterations, divergences } = countedDivergences(chains, moves, kept)
  const saturated = moves.reduce((total, chain) => total + chain.saturated, 0)
  const column = (name: keyof Convergence): number[] => measured.map(found => found[name])
  return {
    shard,
    recorded,
    draws: kept,
    iterations,
    divergences,
    divergenceRate: divergences / iterations,
    treeDepthSaturation: saturated / kept,
    acceptProb: Math.min(...moves.map(chain => chain.acceptProb)),
    rhatMax: Math.max(...column('rhat')),
    essBulkMin: Math.min(...column('essBulk')),
    essTailMin: Math.min(...column('essTail')),
    ebfmiMin: Math.min(...moves.map(chain => chain.ebfmi)),
    worst: {
      rhat: indexOfWorst(column('rhat'), Math.max),
      essBulk: indexOfWorst(column('essBulk'), Math.min),
      essTail: indexOfWorst(column('essTail'), Math.min),
      ebfmi: indexOfWorst(
        moves.map(chain => chain.ebfmi),
        Math.min,
      ),
      acceptProb: indexOfWorst(
        moves.map(chain => chain.acceptProb),
        Math.min,
      ),
    },
    coordinates: measured.slice(0, draws[0]!.dimension),
    thinned: every,
  }
}

/** Thinned draws hide divergences of the iterations between them, which the sampler's report counts. */
function countedDivergences(chains: ShardChains['chains'], moves: readonly ChainMoves[], draws: number) {
  const reports = chains.map(chain => chain.report?.sampling)
  const sum = (of: (phase: ChainReport['sampling']) => number): number =>
    reports.reduce((total, phase) => total + (phase ? of(phase) : NaN), 0)
  const iterations = sum(phase => phase.iterations)
  return iterations > draws
    ? { iterations, divergences: sum(phase => phase.divergences) }
    : { iterations: draws, divergences: moves.reduce((total, chain) => total + chain.divergences, 0) }
}

/** What the statistics of one chain say of its transitions; NaN for what it does not record. */
interface ChainMoves {
  readonly divergences: number
  /** Trajectories of full depth. */
  readonly saturated: number
  /** Mean acceptance. */
  readonly acceptProb: number
  readonly ebfmi: number
}

async function movesOf(stats: RowsSource, fullSteps: number, running: boolean): Promise<ChainMoves> {
  const { columns, rows } = stats
  const [diverging, steps, acceptance, energy] = ['diverging', 'num_steps', 'accept_prob', 'energy'].map(name => columns.indexOf(name))
  let divergences = diverging! < 0 ? NaN : 0
  let saturated = steps! < 0 ? NaN : 0
  let accepted = acceptance! < 0 ? NaN : 0
  const energies = runningEbfmi()
  for await (const block of stats.blocks()) {
    for (let at = 0; at < block.length; at += columns.length) {
      // What is NaN was not recorded, and makes the count NaN: it was not counted.
      divergences += indicator(block[at + diverging!]!, block[at + diverging!] !== 0)
      saturated += indicator(block[at + steps!]!, block[at + steps!]! >= fullSteps)
      accepted += block[at + acceptance!]!
      if (running) energies.add(block[at + energy!]!)
    }
  }
  const slowness = async (): Promise<number> =>
    energy! < 0 ? NaN : running ? energies.value : ebfmi((await readColumns(stats, [energy!]))[0]!)
  return { divergences, saturated, acceptProb: accepted / rows, ebfmi: await slowness() }
}

const indicator = (value: number, test: boolean): number => (Number.isNaN(value) ? NaN : test ? 1 : 0)

/** Leapfrog steps of a tree of full depth. */
const fullTreeSteps = (depth: number): number => 2 ** depth - 1

function indexOfWorst(values: readonly number[], extreme: (...values: number[]) => number): number {
  const missing = values.findIndex(value => Number.isNaN(value))
  return missing >= 0 ? missing : values.indexOf(extreme(...values))
}
