import { join } from 'node:path'
import { foldIn } from '@chorale/random'

import type { TableModel } from '../combination/parameter-table.js'
import { ChoraleError, isChoraleError, type BoundModel, type Key, type Model } from '../contracts/index.js'
import { isLocal } from '../planning/local-parameters.js'
import { PRIOR_DRAWS, recordedPrior } from '../planning/recorded-prior.js'
import { makeDirectory, replaceFile, toJsonText } from '../run-directory/index.js'
import { runKey } from '../run-key.js'
import { keptValues, writeValues } from './kept-values.js'
import type { RecordedRun } from './posterior-positions.js'
import { priorValues, readPriorRecord } from './values-record.js'

const NO_DRAW = 'CHORALE_MODEL_NO_PRIOR_DRAW'

/** What is needed of a run. */
export interface PriorRun extends RecordedRun {
  readonly model: Pick<Model, 'samplePriorInto'>
  bindShard(shard: number): Promise<BoundModel>
}

/**
 * Writes draws of the whole prior, with no power of a shard, of the parameters that all shards share: on the constrained scale, decided by the seed alone. What is there
 * already stays. A model that cannot draw them has none, and that is no failure. `shard`: one whose data can be read.
 */
export async function recordPrior(run: PriorRun, shard: number): Promise<void> {
  if (await readPriorRecord(run.path).catch(() => undefined)) return
  const bound = await run.bindShard(shard)
  const samplePriorInto = recordedPrior(bound, run.model, run.record.plan)
  if (!samplePriorInto) return
  const place = priorValues(run.path)
  const shared = new Set(bound.parameters.filter(parameter => !isLocal(parameter)).map(({ name }) => name))
  const kept = keptValues(onlyParameters(bound), ({ name }) => !shared.has(name))
  await makeDirectory(place.folder)
  try {
    const file = await writeValues(place.folder, place.values, kept, priorPositions(bound.dimension, run.record.seed, samplePriorInto))
    await replaceFile(join(place.folder, place.record), toJsonText({ format: 1, file, sites: kept.sites }), { sync: 'full' })
  } catch (error) {
    if (!isChoraleError(error) || error.code !== NO_DRAW) throw error
  }
}

/** Deterministic sites need not be defined at every draw of a prior. */
const onlyParameters = (bound: BoundModel): TableModel => ({
  parameters: bound.parameters,
  dimension: bound.dimension,
  constrainInto: (values, position) => drawing(() => bound.constrainInto(values, position)),
  ...(bound.allocate ? { allocate: length => bound.allocate!(length) } : {}),
})

/** Whatever a model throws at a draw of its prior, that prior cannot be drawn; that a disk is full is another matter. */
function drawing(draw: () => void): void {
  try {
    draw()
  } catch (cause) {
    throw new ChoraleError(NO_DRAW, 'The model threw while its prior was drawn.', { fix: 'correct samplePriorInto of the model', cause })
  }
}

async function* priorPositions(
  dimension: number,
  seed: number,
  samplePriorInto: (position: Float64Array, key: Key) => void,
): AsyncGenerator<Float64Array> {
  const key = runKey(seed, 'prior')
  for (let draw = 0; draw < PRIOR_DRAWS; draw++) {
    // Draws of many local parameters take long, and whoever drives a run must be able to say so.
    await new Promise(resolve => setImmediate(resolve))
    const position = new Float64Array(dimension)
    drawing(() => samplePriorInto(position, foldIn(key, draw)))
    yield position
  }
}
