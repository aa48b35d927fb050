import { join } from 'node:path'

import type { DrawMatrix, ParameterInfo } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { conditionalLocals } from '../execution/conditional-locals.js'
import { globalCoordinates, localCoordinates, shardParameters } from '../planning/local-parameters.js'
import { iterations } from '../planning/sample-tasks.js'
import { encodeBlocks, layout, loadChain, makeDirectory, replaceFile } from '../run-directory/index.js'
import { fittedGlobals, localTable, type GlobalDraws, type LocalEntry } from './local-table.js'
import { pickRows } from './resample.js'
import { transportedLocals } from './transported-locals.js'

/** Unless the settings say, local draws are this share of a shard's iterations: drawing them costs about as much as sampling did. */
const ITERATIONS_PER_DRAW = 8
const FEWEST_DRAWS = 100
const MOST_DRAWS = 1000

export interface LocalsRequest {
  readonly shards: readonly CompletedShard[]
  /** Combined draws of the global parameters. */
  readonly draws: DrawMatrix
  /** The same combination without each of the batches. */
  readonly leftOut: readonly DrawMatrix[]
  /** Name of the combination. */
  readonly combination: string
}

/** Local draws of all shards, summarised; the draws themselves are in the folder of the combination. */
export interface DrawnLocals {
  /** Combined draws that local ones belong to. */
  readonly draws: number
  /** In shard order. */
  readonly entries: readonly LocalEntry[]
}

/**
 * Draws of the local parameters of each shard that belong to combined draws of the global ones: a shard's own draws rest on its own rows alone, and so on a wider
 * and other view of the global parameters. As the setting `combination.locals` says. Writes `results/<combination>/locals-<shard>.bin`.
 */
export async function drawLocals(run: ActiveRun, { shards, draws, leftOut, combination }: LocalsRequest): Promise<DrawnLocals> {
  const { plan } = run.record
  const rows = spacedRows(draws.draws, wantedDraws(run))
  const globals: GlobalDraws = { draws: pickRows(draws, rows), leftOutMeans: leftOut.map(meansOf) }
  const fitted = fittedGlobals(globals)
  const folder = layout.resultsDirectory(run.path, combination)
  await makeDirectory(folder)
  run.observe({ type: 'stage', stage: 'locals', detail: `local parameters, ${rows.length} draws` })
  const entries: LocalEntry[] = []
  for await (const { shard, locals } of localsOf(run, shards, globals.draws)) {
    const parameters = shardParameters(plan, shard)
    const columns = ['draw', ...localCoordinates(parameters).map(coordinate => `x${coordinate}`)]
    await replaceFile(join(folder, layout.localDrawsFile(shard)), encodeBlocks(columns, numbered(rows, locals)), { sync: 'full' })
    entries.push(...localTable(await run.bindShard(shard), wholePositions(parameters, globals.draws, locals), fitted))
  }
  return { draws: rows.length, entries }
}

function localsOf(
  run: ActiveRun,
  shards: readonly CompletedShard[],
  globals: DrawMatrix,
): AsyncIterable<{ readonly shard: number; readonly locals: DrawMatrix }> {
  if (run.settings.combination.locals === 'transport') return transported(run, shards, globals)
  return conditionalLocals(
    run,
    shards.map(({ shard }) => shard),
    globals,
  )
}

async function* transported(run: ActiveRun, shards: readonly CompletedShard[], globals: DrawMatrix) {
  run.warn({
    code: 'LOCALS_TRANSPORTED',
    message:
      'local parameters are draws of their shards, moved to the combined global ones: approximate (combination.locals: conditional draws them again)',
  })
  for (const { shard, chains } of shards) {
    const loaded = await Promise.all(chains.map(loadChain))
    yield { shard, locals: transportedLocals(loaded, shardParameters(run.record.plan, shard), globals) }
  }
}

function wantedDraws({ settings, record: { plan } }: ActiveRun): number {
  const share = Math.ceil((plan.chains * iterations(plan.sampling)) / ITERATIONS_PER_DRAW)
  return settings.combination.localDraws ?? Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, share))
}

/** Indices of `wanted` of so many rows, evenly spaced; all where there are fewer. */
function spacedRows(rows: number, wanted: number): Uint32Array {
  const count = Math.min(rows, wanted)
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count))
}

function meansOf({ draws, dimension, values }: DrawMatrix): Float64Array {
  const means = new Float64Array(dimension)
  for (let row = 0; row < draws; row++) for (let i = 0; i < dimension; i++) means[i]! += values[row * dimension + i]! / draws
  return means
}

/** Each local draw after the number of the combined draw that it belongs to. */
function* numbered(rows: Uint32Array, { dimension, values }: DrawMatrix): Generator<Float64Array> {
  const row = new Float64Array(1 + dimension)
  for (let i = 0; i < rows.length; i++) {
    row[0] = rows[i]!
    row.set(values.subarray(i * dimension, (i + 1) * dimension), 1)
    yield row
  }
}

/** Positions of a shard's whole model. */
function wholePositions(parameters: readonly ParameterInfo[], globals: DrawMatrix, locals: DrawMatrix): DrawMatrix {
  const parts = [
    { coordinates: globalCoordinates(parameters), ...globals },
    { coordinates: localCoordinates(parameters), ...locals },
  ]
  const dimension = globals.dimension + locals.dimension
  const values = new Float64Array(globals.draws * dimension)
  for (const { coordinates, dimension: width, values: from } of parts) {
    for (let row = 0; row < globals.draws; row++) coordinates.forEach((to, i) => (values[row * dimension + to] = from[row * width + i]!))
  }
  return { draws: globals.draws, dimension, values }
}
