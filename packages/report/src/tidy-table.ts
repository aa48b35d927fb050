import { elementNames } from './element-names.js'
import { ambiguousNames, refuseNames, requireConstrained, type ExportSource } from './export-source.js'
import type { Site } from './readable-run.js'
import { columnsOf, rowBatches } from './row-batches.js'
import { statisticsOf, type NumberType } from './sample-stats.js'

export interface TidyColumn {
  readonly name: string
  readonly type: NumberType
}

/** Some rows of a table: a vector a column, the receiver's own. */
export interface TidyBatch {
  readonly rows: number
  readonly columns: readonly Float64Array[]
}

export interface TidyTable {
  readonly columns: readonly TidyColumn[]
  /** What its columns are elements of; left out of predictions. */
  readonly sites?: readonly Site[]
  readonly rows: number
  batches(): AsyncIterable<TidyBatch>
}

export const KEYS: readonly TidyColumn[] = [
  { name: 'chain', type: 'integer' },
  { name: 'draw', type: 'integer' },
]

/**
 * Draws as a table: columns `chain` and `draw`, both from 0, one for each scalar, and the sampler's statistics under CmdStan's names.
 * @throws ChoraleError `CHORALE_VALUES_MISSING`; `CHORALE_EXPORT_NAME` for two columns of one name
 */
export function tidyTable(source: ExportSource, format: string): TidyTable {
  requireConstrained(source)
  const { chains, sites } = source.set
  const elements = sites.flatMap(elementNames)
  const recorded = chains.every(({ statistics }) => statistics !== undefined) ? chains[0]!.statistics!.columns : []
  const statistics = statisticsOf(recorded)
  const columns: readonly TidyColumn[] = [
    ...KEYS,
    ...elements.map(name => ({ name, type: 'number' as const })),
    ...statistics.map(({ cmdstan, type }) => ({ name: cmdstan, type })),
  ]
  refuseNames(
    format,
    ambiguousNames(columns.map(({ name }) => name)),
    'two columns would have it; chain, draw and the statistics (lp__, energy__, ...) have columns of their own',
    'rename the site in the model, or use --format netcdf',
  )
  return {
    columns,
    sites,
    rows: chains.reduce((total, { rows }) => total + rows, 0),
    async *batches() {
      for (const chain of chains) {
        const width = chain.values.columns.length
        const places = statistics.map(({ column, convert }) => ({ from: chain.statistics!.columns.indexOf(column), convert }))
        for await (const { from, rows, values, statistics: recordedRows } of rowBatches(chain)) {
          const statisticWidth = chain.statistics?.columns.length ?? 0
          yield {
            rows,
            columns: [
              new Float64Array(rows).fill(chain.chain),
              Float64Array.from({ length: rows }, (_, row) => chain.draws?.[from + row] ?? from + row),
              ...elements.map((_, k) => columnsOf(values, width, { from: k, size: 1 })),
              ...places.map(place => {
                const column = columnsOf(recordedRows, statisticWidth, { from: place.from, size: 1 })
                return place.convert ? column.map(place.convert) : column
              }),
            ],
          }
        }
      }
    },
  }
}
