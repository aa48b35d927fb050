import { DRAWS_FILE } from '../contracts/sampler.js'
import { layout, recordFile, type RowsSource } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import type { MissingPart } from './draw-set.js'
import {
  predictionsFolder,
  readPredictionsRecord,
  type PredictionKind,
  type PredictionsRecord,
  type PredictionVariable,
} from './predictions-record.js'
import { reasonOf } from './read-chains.js'
import type { SampleResult } from './sample-results.js'
import { unknownName } from './selected-draws.js'

/** Values of one variable at one draw, for the rows of one shard. */
export interface PredictedRows {
  readonly chain: number
  /** Number of the draw in its chain, or in the combination. */
  readonly draw: number
  readonly shard: number
  /** One a row for a variable by row, in the order of the shard's rows; the caller's own. */
  readonly values: Float64Array
}

/** What was computed for every row at draws of the posterior. */
export interface Predictions {
  readonly kind: PredictionKind
  /** All with as many draws. */
  readonly chains: readonly { readonly chain: number; readonly draws: readonly number[] }[]
  readonly variables: readonly PredictionVariable[]
  /** Those that can be read. `from`: number of the first row among those of all shards; `sizes`: values of each variable at one draw. */
  readonly shards: readonly { readonly shard: number; readonly rows: number; readonly from: number; readonly sizes: readonly number[] }[]
  /**
   * Values of a variable, shard after shard, in each chain after chain. One draw is in memory at a time.
   * @throws ChoraleError `CHORALE_PARAMETER_UNKNOWN`
   */
  values(variable: string): AsyncIterable<PredictedRows>
}

export interface FoundPredictions {
  /** undefined where there are none. */
  readonly predictions: Predictions | undefined
  readonly missing: readonly MissingPart[]
}

/** Where the draws of a run's posterior are: a folder for combined draws, otherwise chains. */
export interface PosteriorPlace {
  readonly run: string
  /** Of each shard of the plan. */
  readonly rows: readonly number[]
  readonly combination: string | undefined
  readonly chains: readonly SampleResult[]
  /** What the summary says of why they were not computed when the run ended. */
  readonly why: string | undefined
}

const WHAT: Readonly<Record<PredictionKind, string>> = { logLikelihood: 'log likelihood of rows', predictive: 'predictive draws' }

/** What was recorded of one kind. Numbers of other draws than those that the run has now do not count. */
export async function readPredictions(kind: PredictionKind, place: PosteriorPlace): Promise<FoundPredictions> {
  const what = WHAT[kind]
  const missing: MissingPart[] = []
  try {
    const record = await readPredictionsRecord(place.run, kind)
    if (!record) return { predictions: undefined, missing: place.why === undefined ? [] : [{ what, why: place.why.replace(/\.$/, '') }] }
    const current = await digestsOf(place)
    if (record.chains.some(({ chain, of }) => current.get(chain) !== of)) {
      return {
        predictions: undefined,
        missing: [{ what, why: 'they are of draws that the run does not have now; chorale predict computes them again' }],
      }
    }
    const opened: { readonly entry: Shard; readonly source: RowsSource }[] = []
    for (const entry of record.shards) {
      try {
        opened.push({ entry, source: await openRows(predictionsFolder(place.run), entry.file) })
      } catch (error) {
        missing.push({ what: `${what} of shard ${entry.shard}`, why: reasonOf(error) })
      }
    }
    return { predictions: opened.length === 0 ? undefined : predictionsOf(kind, record, opened, place.rows), missing }
  } catch (error) {
    return { predictions: undefined, missing: [...missing, { what, why: reasonOf(error) }] }
  }
}

/** Of the posterior's draws, by chain. */
async function digestsOf({ run, combination, chains }: PosteriorPlace): Promise<ReadonlyMap<number, string | undefined>> {
  if (combination !== undefined) return new Map([[0, (await recordFile(layout.resultsDirectory(run, combination), DRAWS_FILE)).digest]])
  const found = await Promise.all(
    chains.map(async ({ chain, result }) => [chain, (await result()).files.find(({ path }) => path === DRAWS_FILE)?.digest] as const),
  )
  return new Map(found)
}

type Shard = PredictionsRecord['shards'][number]

function predictionsOf(
  kind: PredictionKind,
  { chains, variables }: PredictionsRecord,
  opened: readonly { readonly entry: Shard; readonly source: RowsSource }[],
  rowsOfShards: readonly number[],
): Predictions {
  const begins = rowsOfShards.map((_, shard) => rowsOfShards.slice(0, shard).reduce((a, b) => a + b, 0))
  return {
    kind,
    chains: chains.map(({ chain, draws }) => ({ chain, draws })),
    variables,
    shards: opened.map(({ entry: { shard, rows, sizes } }) => ({ shard, rows, from: begins[shard]!, sizes })),
    async *values(variable) {
      const names = variables.map(({ name }) => name)
      const k = names.indexOf(variable)
      if (k < 0) throw unknownName('observed site with predictions', variable, names)
      const places = chains.flatMap(({ chain, draws }) => draws.map(draw => ({ chain, draw })))
      for (const { entry, source } of opened) {
        const width = entry.sizes.reduce((a, b) => a + b, 0)
        const from = entry.sizes.slice(0, k).reduce((a, b) => a + b, 0)
        let at = 0
        for await (const values of pieces(source, width)) {
          yield { ...places[at++]!, shard: entry.shard, values: values.slice(from, from + entry.sizes[k]!) }
        }
      }
    },
  }
}

/** The numbers of a file of one column, so many at a time; a piece is overwritten by the next. */
async function* pieces({ blocks }: RowsSource, width: number): AsyncGenerator<Float64Array> {
  const piece = new Float64Array(width)
  let filled = 0
  for await (const block of blocks()) {
    for (let at = 0; at < block.length;) {
      const part = block.subarray(at, at + width - filled)
      piece.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < width) continue
      yield piece
      filled = 0
    }
  }
}
