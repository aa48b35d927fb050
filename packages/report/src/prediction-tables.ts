import type { FoundPredictions } from './found-predictions.js'
import type { MissingPart, PredictionKind, Predictions } from './readable-run.js'
import { KEYS, type TidyBatch, type TidyColumn, type TidyTable } from './tidy-table.js'

/** Rows of a table that are in memory at a time. */
const BATCH_ROWS = 1 << 16

/** A table of predictions, and what comes after the name of the export in the name of its file. */
export interface PredictionTable {
  readonly suffix: string
  readonly table: TidyTable
}

const SUFFIXES: Readonly<Record<PredictionKind, string>> = { logLikelihood: 'log-likelihood', predictive: 'posterior-predictive' }

/**
 * Predictions as tables with a line for each row of the data at each draw: columns `chain`, `draw` and `row`, all from 0, and one for each observed site. A site
 * without a value for each row has a table of its own, with `index` in place of `row`. Lines are in the order of shards.
 */
export function predictionTables(found: readonly FoundPredictions[]): {
  readonly tables: readonly PredictionTable[]
  readonly missing: readonly MissingPart[]
} {
  const tables: PredictionTable[] = []
  const missing: MissingPart[] = []
  const refuse = (kind: PredictionKind, name: string): void =>
    void missing.push({ what: `${SUFFIXES[kind]} of ${JSON.stringify(name)}`, why: 'the table has a column or file of that name' })
  for (const { kind, predictions } of found) {
    const suffix = SUFFIXES[kind]
    const rowwise = predictions.variables.flatMap(({ name, byRow }, k) => (byRow ? [{ name, k }] : []))
    const kept = rowwise.filter(({ name }) => !['chain', 'draw', 'row'].includes(name))
    for (const { name } of rowwise.filter(one => !kept.includes(one))) refuse(kind, name)
    if (kept.length > 0) tables.push({ suffix, table: tableOf(predictions, 'row', kept) })
    for (const [k, { name, byRow }] of predictions.variables.entries()) {
      if (byRow) continue
      const own = `${suffix}-${name.replaceAll(/[^\p{L}\p{N}_]+/gu, '_')}`
      if (['chain', 'draw', 'index'].includes(name) || tables.some(table => table.suffix === own)) refuse(kind, name)
      else tables.push({ suffix: own, table: tableOf(predictions, 'index', [{ name, k }]) })
    }
  }
  return { tables, missing }
}

interface Variable {
  readonly name: string
  /** Its number among all. */
  readonly k: number
}

/** `by`: what numbers the values at one draw. All variables have as many. */
function tableOf(predictions: Predictions, by: 'row' | 'index', variables: readonly Variable[]): TidyTable {
  const { chains, shards } = predictions
  const columns: readonly TidyColumn[] = [
    ...KEYS,
    { name: by, type: 'integer' },
    ...variables.map(({ name }) => ({ name, type: 'number' as const })),
  ]
  const valuesAtDraw = shards.reduce((total, { sizes }) => total + sizes[variables[0]!.k]!, 0)
  return {
    columns,
    rows: valuesAtDraw * chains.reduce((total, { draws }) => total + draws.length, 0),
    batches: () => batchesOf(predictions, by, variables),
  }
}

async function* batchesOf(predictions: Predictions, by: 'row' | 'index', variables: readonly Variable[]): AsyncGenerator<TidyBatch> {
  const first = firstNumbers(predictions, by, variables[0]!.k)
  const sources = variables.map(({ name }) => predictions.values(name)[Symbol.asyncIterator]())
  let columns = emptyColumns(variables.length)
  let filled = 0
  const taken = (): TidyBatch => ({
    rows: filled,
    columns: columns.map(column => (filled === BATCH_ROWS ? column : column.slice(0, filled))),
  })
  try {
    for (;;) {
      const next = await Promise.all(sources.map(source => source.next()))
      const parts = next.flatMap(({ done, value }) => (done ? [] : [value]))
      const [part] = parts
      if (part === undefined) break
      for (let at = 0; at < part.values.length;) {
        const count = Math.min(part.values.length - at, BATCH_ROWS - filled)
        columns[0]!.fill(part.chain, filled, filled + count)
        columns[1]!.fill(part.draw, filled, filled + count)
        for (let i = 0; i < count; i++) columns[2]![filled + i] = first.get(part.shard)! + at + i
        parts.forEach(({ values }, v) => columns[3 + v]!.set(values.subarray(at, at + count), filled))
        at += count
        filled += count
        if (filled < BATCH_ROWS) continue
        yield taken()
        columns = emptyColumns(variables.length)
        filled = 0
      }
    }
    if (filled > 0) yield taken()
  } finally {
    for (const source of sources) await source.return?.()
  }
}

const emptyColumns = (variables: number): readonly Float64Array[] =>
  Array.from({ length: 3 + variables }, () => new Float64Array(BATCH_ROWS))

/** The number of each shard's first value: of its first row in the data, or where the values of all shards stand one after another. */
function firstNumbers({ shards }: Predictions, by: 'row' | 'index', k: number): ReadonlyMap<number, number> {
  let values = 0
  return new Map(
    shards.map(({ shard, from, sizes }) => {
      const before = values
      values += sizes[k]!
      return [shard, by === 'row' ? from : before]
    }),
  )
}
