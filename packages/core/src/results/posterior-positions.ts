import { ChoraleError, type ParameterInfo } from '../contracts/index.js'
import { DRAWS_FILE } from '../contracts/sampler.js'
import { globalCoordinates, hasLocals, localCoordinates, shardParameters } from '../planning/local-parameters.js'
import { layout, openDraws, readColumns, recordFile, type RowsSource, type RunRecord } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import { eachRow, numberedRows } from './each-row.js'
import { sampleResults } from './sample-results.js'

/** Draws of the run's posterior, as positions of the whole model of one shard. */
export interface PosteriorPositions {
  readonly chain: number
  /** Digest of the draws that they are. */
  readonly of: string
  /** Numbers of these draws in the chain, or in the combination, ascending. */
  readonly draws: readonly number[]
  /** Positions of some of them, by their numbers, ascending. Each is overwritten by a later one. */
  positions(draws: readonly number[]): AsyncIterable<Float64Array>
}

/** Of a run, as far as it is needed here. */
export interface RecordedRun {
  readonly path: string
  readonly record: RunRecord
}

/**
 * The posterior's draws, chain after chain: of a run with one shard those of its chains; of several those of the combination, and where shards have local parameters,
 * those for which these were drawn. `combination`: `none` for a run with one shard.
 * @throws ChoraleError `CHORALE_NO_DRAWS` without local draws; `CHORALE_RESULT_DAMAGED`
 */
export async function posteriorPositions(run: RecordedRun, combination: string, shard: number): Promise<readonly PosteriorPositions[]> {
  const { plan } = run.record
  if (plan.shards.length === 1) return chainPositions(run.path, shard)
  const folder = layout.resultsDirectory(run.path, combination)
  const file = await recordFile(folder, DRAWS_FILE)
  const globals = await openRows(folder, file)
  if (!hasLocals(plan)) {
    return [{ chain: 0, of: file.digest, draws: allOf(globals), positions: draws => numberedRows(globals, draws) }]
  }
  const locals = await openLocals(run.path, combination, shard)
  const [numbers] = await readColumns(locals, [0])
  const parameters = shardParameters(plan, shard)
  const draws = [...numbers!]
  const positions = (asked: readonly number[]): AsyncIterable<Float64Array> =>
    joined(parameters, { globals, locals, asked: new Set(asked) })
  return [{ chain: 0, of: file.digest, draws, positions }]
}

async function chainPositions(run: string, shard: number): Promise<readonly PosteriorPositions[]> {
  const chains = (await sampleResults(run)).get(shard) ?? []
  return Promise.all(
    chains.map(async ({ chain, result }) => {
      const accepted = await result()
      const source = await openDraws(run, accepted)
      const of = accepted.files.find(({ path }) => path === DRAWS_FILE)!.digest
      return { chain, of, draws: allOf(source), positions: draws => leading(numberedRows(source, draws), source.dimension) }
    }),
  )
}

const allOf = ({ rows }: RowsSource): readonly number[] => Array.from({ length: rows }, (_, i) => i)

async function* leading(rows: AsyncIterable<Float64Array>, width: number): AsyncGenerator<Float64Array> {
  for await (const row of rows) yield row.subarray(0, width)
}

async function openLocals(run: string, combination: string, shard: number): Promise<RowsSource> {
  const folder = layout.resultsDirectory(run, combination)
  const file = await recordFile(folder, layout.localDrawsFile(shard)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new ChoraleError('CHORALE_NO_DRAWS', `The run has no combined draws of the local parameters of shard ${shard}.`, {
      lookedIn: folder,
      fix: `chorale combine ${run} --locals conditional draws them`,
    })
  })
  return openRows(folder, file)
}

interface Parts {
  readonly globals: RowsSource
  /** Each row after the number of the combined draw that it belongs to. */
  readonly locals: RowsSource
  readonly asked: ReadonlySet<number>
}

/** Combined draws with a shard's local ones: positions of its whole model. */
async function* joined(parameters: readonly ParameterInfo[], { globals, locals, asked }: Parts): AsyncGenerator<Float64Array> {
  const [global, local] = [globalCoordinates(parameters), localCoordinates(parameters)]
  const position = new Float64Array(global.length + local.length)
  const combined = eachRow(globals)
  let number = -1
  let row: Float64Array | undefined
  try {
    for await (const own of eachRow(locals)) {
      if (!asked.has(own[0]!)) continue
      for (; number < own[0]!; number++) row = (await combined.next()).value as Float64Array | undefined
      if (!row) return
      for (let i = 0; i < global.length; i++) position[global[i]!] = row[i]!
      for (let i = 0; i < local.length; i++) position[local[i]!] = own[1 + i]!
      yield position
    }
  } finally {
    await combined.return(undefined)
  }
}
