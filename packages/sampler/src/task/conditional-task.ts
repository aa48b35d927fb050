import { join } from 'node:path'
import {
  DRAWS_FILE,
  TaskError,
  type BoundModel,
  type ConditionalTask,
  type FileRecord,
  type Model,
  type ShardData,
  type TaskHooks,
} from '@chorale/core/contracts'
import { createAdaptation } from '../adaptation/create-adaptation.js'
import { bindModel } from './bind-model.js'
import { keyFor, streamFor } from '../chain/chain-keys.js'
import { createChain, moveChain, refreshDensity, type Chain } from '../chain/chain.js'
import { warmUp } from '../chain/warm-up.js'
import { coordinateName } from './coordinate-name.js'
import { createDualAveraging } from '../adaptation/dual-averaging.js'
import { readGlobals } from './globals-file.js'
import { findStart } from '../start/initialisation.js'
import { localTarget, type LocalTarget } from './local-target.js'
import { resolveOptions } from './options.js'
import { createPacer } from '../engine/pacer.js'
import { createProgress } from './progress.js'
import { createRowsWriter } from './rows-writer.js'
import { unitMetric } from '../metric/diagonal-metric.js'
import { searchStepSize } from '../engine/step-size-search.js'
import { startProposal, type StartProposal } from '../start/start-proposal.js'

function noLocals(): TaskError {
  const message = `The model has no local parameters to draw.\n  fix            mark the parameters that belong to one shard's rows as local, or set combination.locals off`
  return new TaskError({ cause: 'model', code: 'CHORALE_NO_LOCAL_PARAMETERS', message, retryable: false })
}

/** The local coordinates of starts of the whole model. */
function localStart(whole: StartProposal, target: LocalTarget, bound: BoundModel): StartProposal {
  const position = new Float64Array(bound.dimension)
  return {
    isRandom: whole.isRandom,
    proposeInto(local, key) {
      whole.proposeInto(position, key)
      target.localCoordinates.forEach((coordinate, i) => (local[i] = position[coordinate]))
    },
  }
}

/**
 * Draws the shard's local parameters given each row of global draws, and writes them into `draws.bin`: one row per row of the globals file, one column
 * `x<coordinate>` per local coordinate of the unconstrained position.
 *
 * Warms up once, with the globals of the first row; then a few transitions (option `conditionalTransitions`) for each row, started from the state
 * of the row before, with the metric of the warm-up and a step size of the row's own.
 */
export async function runConditionalTask(
  task: ConditionalTask,
  model: Model,
  data: ShardData,
  directory: string,
  hooks: TaskHooks,
): Promise<readonly FileRecord[]> {
  const options = resolveOptions(task.settings.options)
  const { settings } = task
  const pacer = createPacer(task, hooks)
  const bound = bindModel(task, model, data, hooks)
  const target = localTarget(bound, task.powers)
  if (target.dimension === 0) throw noLocals()
  const width = target.globalCoordinates.length
  const globals = await readGlobals(directory, task.globals, width)
  const progress = createProgress(task, hooks, settings.warmup + globals.rows * options.conditionalTransitions)
  const fixRow = (row: number) => target.fixGlobals(globals.values.subarray(row * width, (row + 1) * width))

  const proposal = localStart(startProposal(options, model, bound), target, bound)
  const nameOf = (local: number) => coordinateName(bound.parameters, target.localCoordinates[local])
  const startAnew = (row: number) => findStart(target, proposal, nameOf, keyFor(task.key, 'conditionalStart', row), pacer)

  fixRow(0)
  const { dimension } = target
  const chain = createChain(target, await startAnew(0), task.key, pacer, {
    maxTreeDepth: settings.maxTreeDepth,
    metric: unitMetric(dimension),
  })
  const adaptation = createAdaptation({ ...options, ...settings, dimension, start: { gradient: chain.current.gradient } })
  await warmUp(chain, adaptation, 0, done => progress.report(done, 0))

  const writer = await createRowsWriter(
    join(directory, DRAWS_FILE),
    target.localCoordinates.map(coordinate => `x${coordinate}`),
  )
  try {
    let divergences = 0
    for (let row = 0; row < globals.rows; row++) {
      const first = settings.warmup + row * options.conditionalTransitions
      fixRow(row)
      await continueFrom(chain, () => startAnew(row))
      divergences += await moveThroughRow(chain, first, options.conditionalTransitions, settings.targetAcceptProb)
      progress.report(first + options.conditionalTransitions, divergences)
      writer.frame.set(chain.current.position, writer.at)
      await writer.commit()
    }
    return [await writer.finish()]
  } finally {
    await writer.close()
  }
}

/** Makes the state one of the density with the new globals; a state that is impossible now is replaced by a new start. */
async function continueFrom(chain: Chain, startAnew: () => Promise<Float64Array>): Promise<void> {
  const { current } = chain
  refreshDensity(chain)
  if (Number.isFinite(current.logDensity) && current.gradient.every(Number.isFinite)) return
  current.position.set(await startAnew())
  refreshDensity(chain)
}

/**
 * The transitions of one row. The first half finds the row's own step size, which the scale of the locals given its globals decides; the second
 * half keeps it.
 */
async function moveThroughRow(chain: Chain, first: number, count: number, targetAcceptProb: number): Promise<number> {
  const { trajectory, pacer, key } = chain
  pacer.iteration = first
  const found = await searchStepSize(trajectory, chain.current, trajectory.stepSize, streamFor(key, 'stepSize', first + 1), pacer)
  const averaging = createDualAveraging(targetAcceptProb, found)
  let divergences = 0
  for (let k = 0; k < count; k++) {
    pacer.iteration = first + k
    const isLearning = 2 * k < count
    trajectory.stepSize = isLearning ? averaging.stepSize : averaging.averagedStepSize
    const pending = moveChain(chain, first + k)
    if (pending) await pending
    const { diverging, acceptProb } = chain.transition
    if (isLearning) averaging.learn(acceptProb)
    divergences += Number(diverging)
  }
  return divergences
}
