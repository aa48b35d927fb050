import type { FoundPredictions } from './found-predictions.js'
import type { DrawnChain, DrawSet, MissingPart, PredictionKind, Predictions } from './readable-run.js'

/** Numbers of predictions beyond which text is no format for them, and columns beyond which readers of CSV give up. */
const MOST_NUMBERS = 1 << 26
const MOST_COLUMNS = 100_000
/** Numbers that are in memory at a time. */
const BATCH_NUMBERS = 1 << 22

/** Names as Stan programs give these to what they compute for each row. */
const stanName = (kind: PredictionKind, site: string): string => (kind === 'logLikelihood' ? 'log_lik' : `${site}_rep`)

const FILES: Readonly<Record<PredictionKind, string>> = { logLikelihood: 'log_lik', predictive: 'posterior_predictive' }

/** Predictions of one kind as columns of a file: `log_lik.1`, ..., or `y_rep.1`, ... */
export interface GeneratedColumns {
  /** What their files are called, where these are their own. */
  readonly file: string
  readonly names: readonly string[]
  /** Draws of each chain that they are of, by chain. */
  readonly draws: ReadonlyMap<number, readonly number[]>
  /** Values at each of these draws of a chain, in the order of `names`; overwritten by the next. */
  rows(chain: number): AsyncIterable<Float64Array>
}

/** `taken`: names of sites. Rows are numbered from 1 in the order of the data, without those that are missing. */
export function generatedColumns(
  found: readonly FoundPredictions[],
  taken: readonly string[],
  isStanName: (name: string) => boolean,
): { readonly generated: readonly GeneratedColumns[]; readonly missing: readonly MissingPart[] } {
  const generated: GeneratedColumns[] = []
  const missing: MissingPart[] = []
  for (const { kind, predictions } of found) {
    const refuse = (what: string, why: string): void => void missing.push({ what, why: `${why}; netcdf or parquet can hold them` })
    const variables = predictions.variables.flatMap(({ name }, k) => {
      const stan = stanName(kind, name)
      if (isStanName(stan) && !taken.includes(stan)) return [{ name, stan, k }]
      refuse(
        `${FILES[kind]} of ${JSON.stringify(name)}`,
        `CmdStan CSV cannot hold the name ${JSON.stringify(stan)}, or another site has it`,
      )
      return []
    })
    const names = variables.flatMap(({ stan, k }) => Array.from({ length: sizeOf(predictions, k) }, (_, i) => `${stan}.${i + 1}`))
    const draws = new Map(predictions.chains.map(chain => [chain.chain, chain.draws]))
    const numbers = names.length * [...draws.values()].reduce((total, own) => total + own.length, 0)
    if (names.length > MOST_COLUMNS || numbers > MOST_NUMBERS)
      refuse(FILES[kind], `${numbers} numbers in ${names.length} columns are too many for text`)
    else if (names.length > 0) generated.push({ file: FILES[kind], names, draws, rows: chain => rowsOf(predictions, variables, chain) })
  }
  return { generated, missing }
}

/** Whether there is a value for each draw of a chain: only then can they stand beside the draws. */
export const standBeside = ({ draws }: GeneratedColumns, { chains }: DrawSet): boolean =>
  chains.every(chain => {
    const own = draws.get(chain.chain)
    return own?.length === chain.rows && own.every((draw, i) => draw === numberOf(chain, i))
  })

const numberOf = ({ draws }: DrawnChain, row: number): number => draws?.[row] ?? row

const sizeOf = ({ shards }: Predictions, k: number): number => shards.reduce((total, { sizes }) => total + sizes[k]!, 0)

interface Variable {
  readonly name: string
  readonly k: number
}

/** Files have one shard after another, a row has all of them: so many draws are collected at a time, and files are read once for each of these batches. */
async function* rowsOf(predictions: Predictions, variables: readonly Variable[], chain: number): AsyncGenerator<Float64Array> {
  const draws = predictions.chains.find(own => own.chain === chain)?.draws ?? []
  const width = variables.reduce((total, { k }) => total + sizeOf(predictions, k), 0)
  const together = Math.max(1, Math.floor(BATCH_NUMBERS / Math.max(1, width)))
  for (let from = 0; from < draws.length; from += together) {
    const rows = new Map(draws.slice(from, from + together).map(draw => [draw, new Float64Array(width)]))
    let begin = 0
    for (const { name, k } of variables) {
      const places = new Map<number, number>()
      for (const { shard, sizes } of predictions.shards) {
        places.set(shard, begin)
        begin += sizes[k]!
      }
      for await (const part of predictions.values(name))
        if (part.chain === chain) rows.get(part.draw)?.set(part.values, places.get(part.shard)!)
    }
    yield* rows.values()
  }
}
