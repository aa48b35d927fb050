import { join } from 'node:path'

import { writePieces } from './atomic-output.js'
import { indicesOf } from './element-names.js'
import { ambiguousNames, refuseNames, requireConstrained, type ExportSource } from './export-source.js'
import type { DrawnChain, DrawRows, Site } from './readable-run.js'
import { rowBatches } from './row-batches.js'
import { statisticsOf } from './sample-stats.js'
import { placedSites } from './element-names.js'

/** A variable of Stan: what comes after it in a column's name is its index. */
const STAN_NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** One CSV file a chain in a folder, as CmdStan writes them: `<run>_1.csv`, ... */
export async function writeCmdstan(folder: string, source: ExportSource): Promise<void> {
  requireConstrained(source)
  const names = source.set.sites.map(({ name }) => name)
  const refused = names.filter(name => !STAN_NAME.test(name) || name.endsWith('__'))
  const fix = 'rename them in the model, or use --format netcdf or parquet'
  refuseNames('CmdStan CSV', refused, 'names are letters, digits and _ there, from a letter on, and not two _ at the end', fix)
  refuseNames('CmdStan CSV', ambiguousNames(names), 'two sites have it', fix)
  for (const chain of source.set.chains)
    await writePieces(join(folder, `${source.run.id}_${chain.chain + 1}.csv`), csvPieces(chain, source))
}

/** Where the columns of a file are in a row of draws. */
interface CsvColumns {
  readonly names: readonly string[]
  readonly statistics: readonly { readonly from: number; readonly convert?: (value: number) => number }[]
  readonly values: readonly number[]
}

/** What draws without statistics have in CmdStan's `fixed_param` files, whose layout they get: readers ask for `lp__`. */
const FIXED_PARAM = ['lp__', 'accept_stat__']

/** `lp__, accept_stat__, ...`, then the elements of each site, the first index fastest. */
function columnsOf({ sites }: { readonly sites: readonly Site[] }, { statistics }: DrawRows): CsvColumns {
  const recorded = statisticsOf(statistics?.columns ?? [])
  const elements = placedSites(sites).flatMap(({ site, from }) => columnMajor(site).map(({ name, flat }) => ({ name, at: from + flat })))
  return {
    names: [...(statistics ? recorded.map(({ cmdstan }) => cmdstan) : FIXED_PARAM), ...elements.map(({ name }) => name)],
    statistics: recorded.map(({ column, convert }) => ({ from: statistics!.columns.indexOf(column), ...(convert ? { convert } : {}) })),
    values: elements.map(({ at }) => at),
  }
}

/** Names of a site's elements as CmdStan has them, `L.2.1`, with their place in row-major order. */
function columnMajor(site: Site): readonly { readonly name: string; readonly flat: number }[] {
  const reversed = { shape: [...site.shape].reverse() }
  return Array.from(indicesOf(reversed), backwards => {
    const index = [...backwards].reverse()
    const flat = index.reduce((total, at, axis) => total * site.shape[axis]! + at, 0)
    return { name: [site.name, ...index.map((at, axis) => (site.levels?.[axis]?.[at] ?? at) + 1)].join('.'), flat }
  })
}

async function* csvPieces(chain: DrawnChain, source: ExportSource): AsyncGenerator<string> {
  const columns = columnsOf(source.set, chain)
  yield configuration(chain, source)
  yield `${columns.names.join(',')}\n`
  if (chain.warmup) yield* rows(chain.warmup, columns)
  yield* adaptation(chain)
  yield* rows(chain, columns)
  const { warmup = 0, sampling = 0 } = chain.seconds ?? {}
  yield `# \n#  Elapsed Time: ${warmup} seconds (Warm-up)\n#                ${sampling} seconds (Sampling)\n#                ${warmup + sampling} seconds (Total)\n# \n`
}

async function* rows(drawn: DrawRows, { statistics, values }: CsvColumns): AsyncGenerator<string> {
  const width = drawn.values.columns.length
  const recorded = drawn.statistics?.columns.length ?? 0
  for await (const batch of rowBatches(drawn)) {
    for (let row = 0; row < batch.rows; row++) {
      const stats = !drawn.statistics
        ? FIXED_PARAM.map(() => '0')
        : statistics.map(({ from, convert = value => value }) => csvNumber(convert(batch.statistics[row * recorded + from]!)))
      yield `${[...stats, ...values.map(at => csvNumber(batch.values[row * width + at]!))].join(',')}\n`
    }
  }
}

/** As Stan reads and writes numbers: the shortest text that gives the same one again. */
function csvNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** The comments that readers take a file's shape from. `save_warmup` is a number: readers of the 0.x series of ArviZ fail on a word. */
function configuration({ chain, warmup, statistics, rows, metric }: DrawnChain, { run }: ExportSource): string {
  const { seed = 0, plan, versions } = run.record ?? {}
  const { thin: planned = 1, targetAcceptProb = 0.8, maxTreeDepth = 10, warmup: iterations = 0 } = plan?.sampling ?? {}
  const thin = statistics ? planned : 1
  const nuts = [
    '    adapt',
    '      engaged = 1 (Default)',
    `      delta = ${targetAcceptProb}`,
    '    algorithm = hmc (Default)',
    '      hmc',
    '        engine = nuts (Default)',
    '          nuts',
    `            max_depth = ${maxTreeDepth}`,
    `        metric = ${metric?.kind === 'dense' ? 'dense_e' : 'diag_e'}`,
  ]
  const lines = [
    `Written by Chorale ${versions?.chorale ?? ''} as CmdStan writes its draws`,
    `model = ${run.id.replaceAll(/\W/g, '_')}_model`,
    'method = sample (Default)',
    '  sample',
    `    num_samples = ${rows * thin}`,
    `    num_warmup = ${warmup ? warmup.rows * thin : iterations}`,
    `    save_warmup = ${warmup ? '1' : '0 (Default)'}`,
    `    thin = ${thin}`,
    ...(statistics ? nuts : ['    algorithm = fixed_param']),
    `id = ${chain + 1}`,
    'random',
    `  seed = ${seed}`,
    'output',
    `  file = ${run.id}_${chain + 1}.csv`,
  ]
  return lines.map(line => `# ${line}\n`).join('')
}

function* adaptation({ stepSize, metric }: DrawnChain): Generator<string> {
  if (stepSize === undefined) return
  yield `# Adaptation terminated\n# Step size = ${stepSize}\n`
  if (!metric?.inverse) return
  const { inverse, kind } = metric
  const width = kind === 'dense' ? Math.round(Math.sqrt(inverse.length)) : inverse.length
  yield `# ${kind === 'dense' ? 'Elements of inverse mass matrix' : 'Diagonal elements of inverse mass matrix'}:\n`
  for (let from = 0; from < inverse.length; from += width) yield `# ${inverse.slice(from, from + width).join(', ')}\n`
}
