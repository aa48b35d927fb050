import { isTaskStoppedError, type FileRecord, type Model, type SampleTask, type ShardData, type TaskHooks } from '@chorale/core/contracts'
import { releasePhaseSpace } from '../engine/create-phase-space.js'
import { createPacer } from '../engine/pacer.js'
import { modelTarget } from '../engine/target.js'
import { chooseStart } from '../start/choose-start.js'
import { logTo } from '../start/log.js'
import { bindModel } from './bind-model.js'
import { createChainCheckpoints } from './chain-checkpoints.js'
import { restoreChain, startChain, type ChainParts } from './chain-parts.js'
import { chainReport, writeChainReport } from './chain-report.js'
import { findBeginning } from './find-beginning.js'
import { resolveOptions } from './options.js'
import { createProgress } from './progress.js'
import { runChain } from './run-chain.js'

/**
 * Runs one chain of one shard and writes its draws, statistics, checkpoints and report into `directory`. Goes on from the newest valid checkpoint of an
 * earlier attempt, with the same bits as if nothing had happened in between.
 */
export async function runSampleTask(
  task: SampleTask,
  model: Model,
  data: ShardData,
  directory: string,
  hooks: TaskHooks,
): Promise<readonly FileRecord[]> {
  const options = resolveOptions(task.settings.options)
  const log = logTo(task, hooks)
  const pacer = createPacer(task, hooks)
  const bound = bindModel(task, model, data, hooks)
  const target = modelTarget(bound, task.powers)
  const making = { task, options, target, pacer }

  const { files, checkpoint } = await findBeginning(task, target.dimension, directory, { earlier: hooks.earlier ?? [], log })
  let parts: ChainParts | undefined
  try {
    parts = checkpoint
      ? restoreChain(making, checkpoint)
      : startChain(making, await chooseStart({ task, hooks, options, model, bound, target, pacer }))
    const progress = createProgress(task, hooks, task.settings.warmup + task.settings.draws)
    const { checkpointSeconds } = options
    const checkpoints = createChainCheckpoints(task, directory, { ...parts, files }, { checkpointSeconds, onWritten: progress.checkpoint })
    try {
      await runChain(task, parts, { files, checkpoints, progress })
    } catch (error) {
      if (isTaskStoppedError(error)) {
        await checkpoints.write().catch((failure: Error) => log('warn', `The chain stops without a checkpoint: ${failure.message}.`))
      }
      throw error
    }
    const report = chainReport(parts.chain, parts.counts.save(), options.adaptation)
    return [...(await files.finish()), await writeChainReport(directory, report), await checkpoints.finish()]
  } finally {
    if (parts) releasePhaseSpace(parts.chain.trajectory.space)
    await files.close()
  }
}
