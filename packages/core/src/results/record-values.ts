import { join } from 'node:path'

import { globalView } from '../combination/global-view.js'
import { tableValues, type TableModel } from '../combination/parameter-table.js'
import { shardDeterministics } from '../combination/shard-deterministics.js'
import { isChoraleError } from '../contracts/error.js'
import { DRAWS_FILE, WARMUP_DRAWS_FILE } from '../contracts/sampler.js'
import type { TaskResult } from '../contracts/task.js'
import type { ActiveRun } from '../execution/active-run.js'
import { hasLocals } from '../planning/local-parameters.js'
import { elementNames, valueCount } from '../planning/parameter-names.js'
import { layout, makeDirectory, recordFile, replaceFile, toJsonText, type RowsSource } from '../run-directory/index.js'
import { openRows } from '../run-directory/rows-source.js'
import { eachRow } from './each-row.js'
import { recordLocalValues } from './record-local-values.js'
import { sampleResults } from './sample-results.js'
import { rowWidth, sitesOf, type Site } from './sites.js'
import { chainValues, combinedValues, readValuesRecord, type ValuesOf, type ValuesPlace, type ValuesRecord } from './values-record.js'
import { filledBlocks, writeRows } from './write-rows.js'

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
  const kept = everyValue(bound)
  await makeDirectory(place.folder)
  const values = await writeValues(place, place.values, kept, { of: draws.digest, source: await openRows(folder, draws) })
  const ofWarmup = warmup
    ? { warmup: await writeValues(place, place.warmup, kept, { of: warmup.digest, source: await openRows(folder, warmup) }) }
    : {}
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
  const kept = everyValue(model, site => site.kind === 'deterministic' && elementNames(site).some(name => omitted.has(name)))
  await writeRecord(place, {
    format: 1,
    ...(await writeValues(place, place.values, kept, { of: draws.digest, source })),
    sites: kept.sites,
  })
}

async function firstRow({ columns, blocks }: RowsSource): Promise<Float64Array> {
  for await (const block of blocks()) return block.slice(0, columns.length)
  return new Float64Array(columns.length)
}

const isRecorded = async (place: ValuesPlace, digest: string): Promise<boolean> =>
  (await readValuesRecord(place).catch(() => undefined))?.of === digest

/** Values of a model that are written: which, and of what. */
interface KeptValues {
  readonly sites: readonly Site[]
  /** Their numbers among all values of the model. */
  readonly numbers: readonly number[]
  readonly model: TableModel
}

function everyValue(model: TableModel, leaveOut: (site: Site) => boolean = () => false): KeptValues {
  let at = 0
  const numbers: number[] = []
  const sites = sitesOf(model).filter(site => {
    const from = at
    at += valueCount(site)
    if (leaveOut(site)) return false
    for (let j = from; j < at; j++) numbers.push(j)
    return true
  })
  return { sites, numbers, model }
}

async function writeValues(
  { folder }: ValuesPlace,
  name: string,
  kept: KeptValues,
  { of, source }: { readonly of: string; readonly source: RowsSource },
): Promise<ValuesOf> {
  const columns = Array.from({ length: rowWidth(kept.sites) }, (_, i) => `v${i}`)
  return { of, file: await writeRows(folder, name, { columns, blocks: valueBlocks(kept, source) }) }
}

const writeRecord = ({ folder, record }: ValuesPlace, content: ValuesRecord): Promise<void> =>
  replaceFile(join(folder, record), toJsonText(content), { sync: 'full' })

function valueBlocks({ model, numbers }: KeptValues, source: RowsSource): AsyncIterable<Float64Array> {
  const { computeAt, value } = tableValues(model)
  const width = numbers.length
  return filledBlocks(width, eachRow(source), (to, at, draw) => {
    computeAt(draw, 0)
    for (let k = 0; k < width; k++) to[at + k] = value(numbers[k]!)
  })
}
