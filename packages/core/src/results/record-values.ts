import { join } from 'node:path'

import { globalView } from '../combination/global-view.js'
import type { TableModel } from '../combination/parameter-table.js'
import { shardDeterministics } from '../combination/shard-deterministics.js'
import { isChoraleError } from '../contracts/error.js'
import { DRAWS_FILE, WARMUP_DRAWS_FILE } from '../contracts/sampler.js'
import type { FileRecord, TaskResult } from '../contracts/task.js'
import type { ActiveRun } from '../execution/active-run.js'
import { hasLocals } from '../planning/local-parameters.js'
import { elementNames } from '../model/parameter-names.js'
import { layout, makeDirectory, recordFile, replaceFile, toJsonText, type RowsSource } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import { eachRow } from './each-row.js'
import { keptValues, writeValues } from './kept-values.js'
import { recordLocalValues } from './record-local-values.js'
import { sampleResults } from './sample-results.js'
import { chainValues, combinedValues, readValuesRecord, type ValuesOf, type ValuesPlace, type ValuesRecord } from './values-record.js'

/** What is needed of a run: its model is at hand. */
export type ValuesRun = Pick<ActiveRun, 'path' | 'record' | 'bindShard'>

/**
 * Writes the constrained values and deterministic sites of the draws of shards, and of their combination, beside the draws: what exports and reports read, as they
 * load no code. What is there already, of the same draws, stays. `combination`: `none` for a run with one shard. A chain whose draws are damaged gets none: returns why,
 * one message for each, as the combination may stand without them, on moments.
 */
export async function recordValues(run: ValuesRun, combination: string, shards: readonly number[]): Promise<readonly string[]> {
  const results = await sampleResults(run.path)
  const damaged: string[] = []
  for (const shard of shards) {
    const model = once(() => run.bindShard(shard))
    for (const { task, result } of results.get(shard) ?? []) {
      try {
        await recordChain(run.path, task, await result(), model)
      } catch (error) {
        if (!isChoraleError(error) || error.code !== 'CHORALE_RESULT_DAMAGED') throw error
        damaged.push(error.message)
      }
    }
  }
  if (combination === 'none' || shards.length === 0) return damaged
  await recordCombined(run, combination, shards)
  if (hasLocals(run.record.plan)) await recordLocalValues(run, combination, shards, run.bindShard)
  return damaged
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

async function recordChain(run: string, task: string, result: TaskResult, model: () => Promise<TableModel>): Promise<void> {
  const place = chainValues(run, task)
  const folder = layout.attemptDirectory(run, task, result.attempt)
  const draws = result.files.find(file => file.path === DRAWS_FILE)
  const warmup = result.files.find(file => file.path === WARMUP_DRAWS_FILE)
  if (!draws || (await isRecorded(place, draws.digest))) return
  const bound = await model()
  const kept = keptValues(bound)
  await makeDirectory(place.folder)
  const valuesOf = async (file: FileRecord, name: string): Promise<ValuesOf> => ({
    of: file.digest,
    file: await writeValues(place.folder, name, kept, eachRow(await openRows(folder, file))),
  })
  const values = await valuesOf(draws, place.values)
  const ofWarmup = warmup ? { warmup: await valuesOf(warmup, place.warmup) } : {}
  await writeRecord(place, { format: 1, ...values, sites: kept.sites, ...ofWarmup })
}

/** Those deterministic sites that the rows of a shard decide have no combined values. */
async function recordCombined(run: ValuesRun, combination: string, shards: readonly number[]): Promise<void> {
  const place = combinedValues(run.path, combination)
  const draws = await recordFile(place.folder, DRAWS_FILE)
  if (await isRecorded(place, draws.digest)) return
  const source = await openRows(place.folder, draws)
  const [first, last] = [await run.bindShard(shards[0]!), await run.bindShard(shards.at(-1)!)]
  const locals = hasLocals(run.record.plan)
  const model = locals ? globalView(first, 0) : first
  const others = locals ? [globalView(first, 1), globalView(last, 2)] : [last]
  const draw = { draws: 1, dimension: source.columns.length, values: await firstRow(source) }
  const omitted = shardDeterministics(model, others, draw, () => undefined)
  const kept = keptValues(model, site => site.kind === 'deterministic' && elementNames(site).some(name => omitted.has(name)))
  const file = await writeValues(place.folder, place.values, kept, eachRow(source))
  await writeRecord(place, { format: 1, of: draws.digest, file, sites: kept.sites })
}

async function firstRow({ columns, blocks }: RowsSource): Promise<Float64Array> {
  for await (const block of blocks()) return block.slice(0, columns.length)
  return new Float64Array(columns.length)
}

const isRecorded = async (place: ValuesPlace, digest: string): Promise<boolean> =>
  (await readValuesRecord(place).catch(() => undefined))?.of === digest

const writeRecord = ({ folder, record }: ValuesPlace, content: ValuesRecord): Promise<void> =>
  replaceFile(join(folder, record), toJsonText(content), { sync: 'full' })
