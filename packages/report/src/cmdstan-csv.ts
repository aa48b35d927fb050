import { join } from 'node:path'

import { writePieces } from './atomic-output.js'
import { generatedColumns, standBeside, type GeneratedColumns } from './cmdstan-predictions.js'
import { indicesOf } from './element-names.js'
import { ambiguousNames, refuseNames, requireConstrained, type ExportSource } from './export-source.js'
import { findPredictions } from './found-predictions.js'
import type { DrawnChain, DrawRows, MissingPart, Site } from './readable-run.js'
import { rowBatches } from './row-batches.js'
import { statisticsOf } from './sample-stats.js'
import { placedSites } from './element-names.js'

/** A variable of Stan: what comes after it in a column's name is its index. */
const STAN_NAME = /^[A-Za-z][A-Za-z0-9_]*$/

const isStanName = (name: string): boolean => STAN_NAME.test(name) && !name.endsWith('__')

/**
 * One CSV file a chain in a folder, as CmdStan writes them: `<run>_1.csv`, ... Log likelihood and simulated data of rows are columns beside the parameters, as Stan's
 * generated quantities, where there are some for each draw; otherwise they have files of their own, `<run>_log_lik_1.csv`, ..., a line for each draw that they are of.
 */
export async function writeCmdstan(folder: string, source: ExportSource): Promise<readonly MissingPart[]> {
  requireConstrained(source)
  const names = source.set.sites.map(({ name }) => name)
  const refused = names.filter(name => !isStanName(name))
  const fix = 'rename them in the model, or use --format netcdf or parquet'
  refuseNames('CmdStan CSV', refused, 'names are letters, digits and _ there, from a letter on, and not two _ at the end', fix)
  refuseNames('CmdStan CSV', ambiguousNames(names), 'two sites have it', fix)
  const { found, missing: lost } = await findPredictions(source.run, source.set.shard)
  const { generated, missing } = generatedColumns(found, names, isStanName)
  const beside = generated.filter(columns => standBeside(columns, source.set))
  for (const chain of source.set.chains)
    await writePieces(join(folder, `${source.run.id}_${chain.chain + 1}.csv`), csvPieces(chain, source, beside))
  for (const columns of generated.filter(own => !beside.includes(own)))
    for (const chain of columns.draws.keys())
      await writePieces(join(folder, `${source.run.id}_${columns.file}_${chain + 1}.csv`), generatedPieces(chain, columns, source))
  return [...lost, ...missing]
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

async function* csvPieces(chain: DrawnChain, source: ExportSource, generated: readonly GeneratedColumns[]): AsyncGenerator<string> {
  const columns = columnsOf(source.set, chain)
  yield configuration(chain, source.run)
  yield `${[...columns.names, ...generated.flatMap(({ names }) => names)].join(',')}\n`
  // Nothing is generated in warm-up, and CmdStan writes zeros there.
  const zeros = generated.map(({ names }) => ',0'.repeat(names.length)).join('')
  if (chain.warmup) for await (const line of lines(chain.warmup, columns)) yield `${line}${zeros}\n`
  yield* adaptation(chain)
  const values = generated.map(own => own.rows(chain.chain)[Symbol.asyncIterator]())
  try {
    for await (const line of lines(chain, columns)) {
      yield line
      for (const source of values) yield `,${Array.from(((await source.next()).value ?? []) as Float64Array, csvNumber).join(',')}`
      yield '\n'
    }
  } finally {
    for (const source of values) await source.return?.()
  }
  yield elapsed(chain.seconds)
}

function elapsed(seconds: DrawnChain['seconds']): string {
  const { warmup = 0, sampling = 0 } = seconds ?? {}
  return `# \n#  Elapsed Time: ${warmup} seconds (Warm-up)\n#                ${sampling} seconds (Sampling)\n#                ${warmup + sampling} seconds (Total)\n# \n`
}

/** Draws that predictions were computed at, where these are not all. */
async function* generatedPieces(
  chain: number,
  { names, draws, rows }: GeneratedColumns,
  { run, set }: ExportSource,
): AsyncGenerator<string> {
  const own = draws.get(chain)!
  const lineOf = new Map(set.chains.find(known => known.chain === chain)?.draws?.map((draw, line) => [draw, line]))
  yield configuration({ chain, rows: own.length }, run)
  yield `# Draws of ${run.id}_${chain + 1}.csv, from 0: ${own.map(draw => lineOf.get(draw) ?? draw).join(', ')}\n`
  yield `${[...FIXED_PARAM, ...names].join(',')}\n`
  for await (const values of rows(chain)) yield `${['0', '0', ...Array.from(values, csvNumber)].join(',')}\n`
  yield elapsed(undefined)
}

async function* lines(drawn: DrawRows, { statistics, values }: CsvColumns): AsyncGenerator<string> {
  const width = drawn.values.columns.length
  const recorded = drawn.statistics?.columns.length ?? 0
  for await (const batch of rowBatches(drawn)) {
    for (let row = 0; row < batch.rows; row++) {
      const stats = !drawn.statistics
        ? FIXED_PARAM.map(() => '0')
        : statistics.map(({ from, convert = value => value }) => csvNumber(convert(batch.statistics[row * recorded + from]!)))
      yield [...stats, ...values.map(at => csvNumber(batch.values[row * width + at]!))].join(',')
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
function configuration({ chain, warmup, statistics, rows, metric }: Omit<DrawnChain, 'values'>, run: ExportSource['run']): string {
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
