import type { DrawMatrix, LogDensityEvaluator } from '../contracts/index.js'
import { shardPowers } from '../planning/shard-powers.js'
import type { DensityValues } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { byTasks } from './evaluate-by-tasks.js'
import { inDriver, isQuickInDriver } from './evaluate-in-driver.js'
import { answeringRun } from './evaluation-place.js'

/** Asks every shard for its log density at each position, and hands over the answers in the order of the shards. */
export type Answerer = (
  positions: DrawMatrix,
  gradient: boolean,
  listen: (shard: number, values: DensityValues) => void,
  signal: AbortSignal,
) => Promise<void>

/**
 * Evaluates the log density of the given shards and adds them in shard order: by `evaluate` tasks on the run's backend, or on one of this machine where tasks
 * would wait in a queue, or, where that is quicker than to start a task for each shard, in this process (`combination.evaluate`). The values are the same to the last bit. `budget`: how many positions a combiner may ask about.
 */
export function runEvaluator(run: ActiveRun, shards: readonly number[], budget = Infinity): LogDensityEvaluator {
  const powers = shardPowers(shards.length)
  const driver = inDriver(run, shards, powers)
  let tasks: Promise<Answerer> | undefined
  const byAnsweringRun = async (): Promise<Answerer> => {
    const answering = await answeringRun(run)
    return answering ? byTasks(answering, shards, powers) : driver
  }
  const { evaluate } = run.settings.combination
  const ask: Answerer = async (positions, gradient, listen, signal) => {
    signal.throwIfAborted()
    const here = evaluate === 'driver' || (evaluate === 'auto' && isQuickInDriver(run, shards, positions.draws))
    const answerer = here ? driver : await (tasks ??= byAnsweringRun())
    await answerer(positions, gradient, listen, signal)
  }
  return {
    budget,
    async evaluate(positions, { signal, onShard }) {
      const total = new Float64Array(positions.draws)
      const listen = (shard: number, { logDensity }: DensityValues): void => {
        onShard?.(shard, logDensity)
        addTo(total, logDensity)
      }
      await ask(positions, false, listen, signal)
      return total
    },
    async gradients(positions, { signal }) {
      const { draws, dimension } = positions
      const logDensity = new Float64Array(draws)
      const values = new Float64Array(draws * dimension)
      const listen = (_: number, found: DensityValues): void => {
        addTo(logDensity, found.logDensity)
        addTo(values, found.gradients)
      }
      await ask(positions, true, listen, signal)
      return { logDensity, gradients: { draws, dimension, values } }
    },
  }
}

function addTo(total: Float64Array, values: Float64Array): void {
  for (let i = 0; i < total.length; i++) total[i]! += values[i]!
}
