import type { FoundPredictions } from '../found-predictions.js'
import type { MissingPart, PredictionKind, Predictions } from '../readable-run.js'
import type { Dimension, NetcdfFile, NetcdfVariable } from './netcdf-file.js'

/** Values that are in memory at a time. */
const BATCH_VALUES = 1 << 20

const GROUPS: Readonly<Record<PredictionKind, string>> = { logLikelihood: 'log_likelihood', predictive: 'posterior_predictive' }

export const bytesOfPredictions = (groups: readonly FoundPredictions[]): number =>
  groups.reduce((total, { predictions }) => total + 8 * drawsOf(predictions) * valuesOf(predictions), 0)

const drawsOf = ({ chains }: Predictions): number => chains.reduce((total, { draws }) => total + draws.length, 0)
const valuesOf = ({ shards }: Predictions): number => shards.flatMap(({ sizes }) => sizes).reduce((a, b) => a + b, 0)

/**
 * A variable for each observed site: [chain, draw, row] where each row has a value, with the numbers of the rows as in `observed_data`, and otherwise a dimension
 * of its own. Returns what a name has no place for.
 */
export async function writePredictions(
  file: NetcdfFile,
  found: readonly FoundPredictions[],
  attributes: Readonly<Record<string, string | number>>,
): Promise<readonly MissingPart[]> {
  const missing: MissingPart[] = []
  for (const { kind, predictions } of found) {
    const path = GROUPS[kind]
    const group = file.group(path, attributes)
    for (const [k, { name, byRow }] of predictions.variables.entries()) {
      if (['', '.', '..', 'chain', 'draw', 'row'].includes(name) || /[/\0]/.test(name)) {
        missing.push({ what: `${path} of ${JSON.stringify(name)}`, why: 'netCDF cannot hold the name' })
        continue
      }
      const dimensions = dimensionsOf(predictions, k, byRow ? 'row' : `${name}_dim_0`)
      await writeValues(group.variable({ name, type: 'number', dimensions }), predictions, k)
    }
  }
  return missing
}

/** Of variable k, whose last dimension has this name. */
function dimensionsOf({ chains, shards }: Predictions, k: number, last: string): readonly Dimension[] {
  const rows = shards.flatMap(({ from, rows }) => Array.from({ length: rows }, (_, i) => from + i))
  const count = shards.reduce((total, { sizes }) => total + sizes[k]!, 0)
  return [
    { name: 'chain', coordinate: chains.map(({ chain }) => chain) },
    { name: 'draw', coordinate: chains[0]!.draws },
    { name: last, coordinate: last === 'row' ? rows : { count } },
  ]
}

async function writeValues(variable: NetcdfVariable, predictions: Predictions, k: number): Promise<void> {
  const { chains, shards, variables } = predictions
  const chainAt = new Map(chains.map(({ chain }, c) => [chain, c]))
  const begins = new Map<number, number>()
  let total = 0
  for (const { shard, sizes } of shards) {
    begins.set(shard, total)
    total += sizes[k]!
  }
  let waiting: Float64Array[] = []
  let place = { chain: -1, shard: -1, from: 0 }
  const flush = (): void => {
    if (waiting.length === 0) return
    const size = waiting[0]!.length
    const together = new Float64Array(waiting.length * size)
    waiting.forEach((values, i) => together.set(values, i * size))
    const [c, column] = [chainAt.get(place.chain)!, begins.get(place.shard)!]
    variable.write([[c, c + 1], [place.from, place.from + waiting.length], [column, column + size]], together) // prettier-ignore
    place = { ...place, from: place.from + waiting.length }
    waiting = []
  }
  for await (const { chain, shard, values } of predictions.values(variables[k]!.name)) {
    if (chain !== place.chain || shard !== place.shard) {
      flush()
      place = { chain, shard, from: 0 }
    }
    waiting.push(values)
    if (waiting.length * values.length >= BATCH_VALUES) flush()
  }
  flush()
}
