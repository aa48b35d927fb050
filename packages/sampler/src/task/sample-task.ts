import { join } from 'node:path'
import {
  DRAWS_FILE,
  NUTS_EXTRA_FIELDS,
  NUTS_MORE_FIELDS,
  STATS_FILE,
  type FileRecord,
  type Model,
  type SampleTask,
  type ShardData,
  type TaskHooks,
} from '@chorale/core/contracts'
import { createStanAdaptation } from '../adaptation/stan-adaptation.js'
import { bindModel } from './bind-model.js'
import { createChain, moveChain, type Chain } from '../chain/chain.js'
import { warmUp } from '../chain/warm-up.js'
import type { Transition } from '../engine/transition.js'
import { writeCheckpoint } from '../chain/checkpoint.js'
import { coordinateName } from './coordinate-name.js'
import { findStart } from '../start/initialisation.js'
import { resolveOptions } from './options.js'
import { createPacer, type Pacer } from '../engine/pacer.js'
import { createProgress, type Progress } from './progress.js'
import { createRowsWriter, type RowsWriter } from './rows-writer.js'
import { startProposal } from '../start/start-proposal.js'
import { modelTarget } from '../engine/target.js'

type Field = (typeof NUTS_EXTRA_FIELDS)[number] | (typeof NUTS_MORE_FIELDS)[number]

/** Columns of the statistics file, in order. */
export const STATS_COLUMNS: readonly Field[] = [...NUTS_EXTRA_FIELDS, ...NUTS_MORE_FIELDS]

const readField: Readonly<Record<Field, (transition: Transition, chain: Chain) => number>> = {
  energy: transition => transition.energy,
  diverging: transition => Number(transition.diverging),
  accept_prob: transition => transition.acceptProb,
  num_steps: transition => transition.steps,
  potential_energy: (_, chain) => -chain.current.logDensity,
  step_size: transition => transition.stepSize,
  tree_depth: transition => transition.treeDepth,
}

const drawColumns = (dimension: number): string[] => {
  const numbered = (prefix: string) => Array.from({ length: dimension }, (_, i) => `${prefix}${i}`)
  return [...numbered('x'), ...numbered('g')]
}

/** Runs one chain of one shard and writes its draws, statistics and checkpoint into `directory`. */
export async function runSampleTask(
  task: SampleTask,
  model: Model,
  data: ShardData,
  directory: string,
  hooks: TaskHooks,
): Promise<readonly FileRecord[]> {
  const options = resolveOptions(task.settings.options)
  const settings = { ...task.settings, metric: options.metric }
  const pacer = createPacer(task, hooks)
  const progress = createProgress(task, hooks, settings.warmup + settings.draws)
  const bound = bindModel(task, model, data, hooks)
  const target = modelTarget(bound, task.powers)

  const proposal = startProposal(options, model, bound)
  const start = await findStart(target, proposal, coordinate => coordinateName(bound.parameters, coordinate), task.key, pacer)
  const adaptation = createStanAdaptation({ ...settings, dimension: target.dimension })
  const chain = createChain(target, start, task.key, pacer, { maxTreeDepth: settings.maxTreeDepth, metric: adaptation.metric })
  await warmUp(chain, adaptation, 0, done => progress.report(done, 0))

  const drawsWriter = await createRowsWriter(join(directory, DRAWS_FILE), drawColumns(target.dimension))
  try {
    const statsWriter = await createRowsWriter(join(directory, STATS_FILE), STATS_COLUMNS)
    try {
      await drawSamples(chain, settings, drawsWriter, statsWriter, pacer, progress)
      return await finish(task, chain, directory, [await drawsWriter.finish(), await statsWriter.finish()], progress)
    } finally {
      await statsWriter.close()
    }
  } finally {
    await drawsWriter.close()
  }
}

async function drawSamples(
  chain: Chain,
  settings: SampleTask['settings'],
  drawsWriter: RowsWriter,
  statsWriter: RowsWriter,
  pacer: Pacer,
  progress: Progress,
): Promise<void> {
  const { dimension } = chain.trajectory.target
  const draw = new Float64Array(2 * dimension)
  const statistics = new Float64Array(STATS_COLUMNS.length)
  const total = settings.warmup + settings.draws
  let divergences = 0
  for (let iteration = settings.warmup; iteration < total; iteration++) {
    pacer.iteration = iteration
    const pending = moveChain(chain, iteration)
    if (pending) await pending
    const { transition } = chain
    draw.set(chain.current.position)
    draw.set(chain.current.gradient, dimension)
    STATS_COLUMNS.forEach((field, i) => (statistics[i] = readField[field](transition, chain)))
    await drawsWriter.push(draw)
    await statsWriter.push(statistics)
    divergences += Number(transition.diverging)
    progress.report(iteration + 1, divergences)
  }
}

async function finish(
  task: SampleTask,
  chain: Chain,
  directory: string,
  files: readonly FileRecord[],
  progress: Progress,
): Promise<readonly FileRecord[]> {
  const iteration = task.settings.warmup + task.settings.draws
  const { metric, stepSize } = chain.trajectory
  const checkpoint = await writeCheckpoint(directory, {
    format: 1,
    task: task.id,
    iteration,
    position: [...chain.current.position],
    stepSize,
    metric: { kind: metric.kind, inverse: [...metric.inverse] },
    files,
  })
  progress.checkpoint(iteration)
  return [...files, checkpoint]
}
