import { isChoraleError, type DataRequest, type DataSourceDefinition, type LoadedTable } from '@chorale/core/contracts'
import { demand, messageOf, type Check } from './check.js'
import { clausesOf, tryClauses, type Clause } from './clause.js'
import { definitionChecks, readOptions } from './definition.js'
import type { CheckReport } from './report.js'

/** Data that the source can read, and what it must find there. At least 5 rows and 2 columns, without a missing value. */
export interface DataSourceSample {
  /** The source's own options, as in the settings. */
  readonly options: unknown
  /** Paths in options are relative to this folder. */
  readonly folder: string
  /** By column: every row's value, numbers or the text of a factor. */
  readonly columns: Readonly<Record<string, readonly (number | string)[]>>
  /** A second data set with the same columns, in some rows of which a value is missing: `dropped` of them. */
  readonly withMissing: { readonly options: unknown; readonly dropped: number }
}

export interface DataSourceContractOptions {
  readonly sample: DataSourceSample
  /** How long one clause may take. Default 30. */
  readonly clauseSeconds?: number
}

interface DataSourceTrial {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the source's own
  readonly definition: DataSourceDefinition<any>
  readonly sample: DataSourceSample
}

const NO_SUCH_COLUMN = 'no such column'

const isText = (values: readonly (number | string)[]): boolean => values.some(value => typeof value === 'string')

function load({ definition, sample }: DataSourceTrial, changes: Partial<DataRequest> = {}, options = sample.options): Promise<LoadedTable> {
  const columns = Object.keys(sample.columns)
  return definition.load(readOptions(definition.options, options), {
    columns,
    factors: columns.filter(name => isText(sample.columns[name]!)),
    every: 1,
    missing: 'error',
    folder: sample.folder,
    signal: new AbortController().signal,
    ...changes,
  })
}

/** The values of a column as they were written: codes back to labels. */
const written = ({ values, labels }: LoadedTable['columns'][number]): readonly (number | string | undefined)[] =>
  Array.from(values, value => (labels ? labels[value] : value))

async function refusal(work: Promise<unknown>, otherwise: string): Promise<unknown> {
  const outcome = await work.then(
    () => ({}),
    (error: unknown) => ({ error }),
  )
  demand('error' in outcome, otherwise)
  return outcome.error
}

const checks: readonly Check<DataSourceTrial>[] = [
  ...definitionChecks<DataSourceTrial>(({ definition }) => definition),
  {
    name: 'lists file name endings without the dot',
    run: ({ definition: { extensions = [] } }) => {
      const wrong = extensions.filter(extension => !/^[a-z0-9][a-z0-9.]*$/.test(extension))
      demand(wrong.length === 0, `extensions must be lower case and without the dot: ${wrong.join(', ')}`)
    },
  },
  {
    name: 'reads the requested columns, in their order',
    run: async trial => {
      const wanted = Object.keys(trial.sample.columns).toReversed()
      const { columns, rows } = await load(trial, { columns: wanted })
      const found = columns.map(({ name }) => name)
      demand(found.join() === wanted.join(), `${wanted.join(', ')} were requested, ${found.join(', ')} came back`)
      demand(
        columns.every(({ values }) => values.length === rows),
        'a column is not as long as the table',
      )
    },
  },
  {
    name: 'reads every value',
    run: async trial => {
      const { columns, dropped } = await load(trial)
      for (const column of columns) {
        const expected = trial.sample.columns[column.name] ?? []
        const found = written(column)
        demand(found.length === expected.length, `column ${column.name} has ${found.length} rows, not ${expected.length}`)
        const row = expected.findIndex((value, i) => !Object.is(value, found[i]))
        demand(row === -1, `column ${column.name}, row ${row}: ${String(found[row])}, not ${String(expected[row])}`)
      }
      demand(dropped === 0, `${dropped} rows were dropped though none has a missing value`)
    },
  },
  {
    name: 'hands columns over as shared memory',
    run: async trial => {
      const { columns } = await load(trial)
      for (const { name, values } of columns) {
        demand(values instanceof Float64Array, `column ${name} is not a Float64Array`)
        demand(values.buffer instanceof SharedArrayBuffer, `column ${name} is not on a SharedArrayBuffer: every thread would get a copy`)
      }
    },
  },
  {
    name: 'numbers the levels of a factor in sorted order',
    run: async trial => {
      const { columns } = await load(trial)
      for (const { name, labels, values } of columns) {
        const expected = trial.sample.columns[name]!
        demand(
          (labels !== undefined) === isText(expected),
          `column ${name} ${labels ? 'has labels but is numeric' : 'is a factor without labels'}`,
        )
        if (!labels) continue
        demand(
          labels.join('\n') === [...new Set(expected.map(String))].sort().join('\n'),
          `the labels of ${name} are ${labels.join(', ')}; they must be its levels, sorted`,
        )
        demand(
          values.every(code => Number.isInteger(code) && code >= 0 && code < labels.length),
          `column ${name} has a code without a label`,
        )
      }
    },
  },
  {
    name: 'takes every n-th row from the first',
    run: async trial => {
      const { columns, rows } = await load(trial, { every: 2 })
      for (const column of columns) {
        const expected = trial.sample.columns[column.name]!.filter((_, row) => row % 2 === 0)
        demand(rows === expected.length, `every: 2 gave ${rows} rows, not ${expected.length}`)
        demand(
          written(column).every((value, row) => Object.is(value, expected[row])),
          `every: 2 gave other rows of ${column.name} than 0, 2, 4, ...`,
        )
      }
    },
  },
  {
    name: 'refuses a missing value, or drops and counts its row',
    run: async trial => {
      const { options, dropped } = trial.sample.withMissing
      await refusal(load(trial, {}, options), 'missing: "error" let a missing value through')
      const table = await load(trial, { missing: 'drop' }, options)
      demand(table.dropped === dropped, `missing: "drop" counted ${table.dropped} rows, not ${dropped}`)
      demand(
        table.columns.every(({ values }) => values.every(value => !Number.isNaN(value))),
        'missing: "drop" left a NaN',
      )
    },
  },
  {
    name: 'refuses an unknown column by name',
    run: async trial => {
      const columns = [...Object.keys(trial.sample.columns), NO_SUCH_COLUMN]
      const error = await refusal(load(trial, { columns }), 'a column that does not exist was not refused')
      const text = `${messageOf(error)} ${isChoraleError(error) ? (error.details.lookedIn ?? '') : ''}`
      demand(text.includes(NO_SUCH_COLUMN), `the error does not name the column: ${messageOf(error)}`)
    },
  },
  {
    name: 'does not read once it is aborted',
    run: async trial => {
      await refusal(load(trial, { signal: AbortSignal.abort('cancel') }), 'load went on although its signal was aborted')
    },
  },
]

/** The contract of a data source, clause by clause, tried out on data that its author knows. */
export const dataSourceContract = (
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the options are the source's own
  definition: DataSourceDefinition<any>,
  { sample, clauseSeconds = 30 }: DataSourceContractOptions,
): readonly Clause[] => clausesOf(checks, { definition, sample }, clauseSeconds)

/** Tries the whole contract of a data source. Never rejects. */
export async function checkDataSource(
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  definition: DataSourceDefinition<any>,
  options: DataSourceContractOptions,
): Promise<CheckReport> {
  return { subject: `data source "${definition.name}"`, checks: await tryClauses(dataSourceContract(definition, options)) }
}
