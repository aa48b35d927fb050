import { join } from 'node:path'

import type { DrawMatrix, ParameterInfo } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { conditionalLocals } from '../execution/conditional-locals.js'
import { localDrawsOf } from '../planning/local-draws.js'
import { globalCoordinates, localCoordinates, shardParameters } from '../planning/local-parameters.js'
import { spaced } from '../planning/spaced-draws.js'
import { encodeBlocks, layout, loadChain, makeDirectory, replaceFile } from '../run-directory/index.js'
import { fittedGlobals, localTable, type GlobalDraws, type LocalEntry } from './local-table.js'
import { pickRows } from './resample.js'
import { transportedLocals } from './transported-locals.js'

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
  const rows = Uint32Array.from(spaced(draws.draws, localDrawsOf(run.settings, plan)))
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
