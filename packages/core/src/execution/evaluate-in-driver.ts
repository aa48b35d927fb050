import type { BoundModel, Powers } from '../contracts/index.js'
import type { ActiveRun } from './active-run.js'
import type { Answerer } from './evaluator.js'

/** Multiplications that take about as long as starting a task, writing its records and reading them. */
const WORK_OF_A_TASK = 5e7
/** Shards that were bound stay in memory, with what their models precompute. */
const LARGEST_DATA = 256 * 1024 * 1024
/** How often the event loop gets a turn, so that a signal is seen. */
const YIELD_MS = 20

/** Whether this process answers sooner than tasks are started, and may hold the data. */
export function isQuickInDriver({ record: { plan } }: ActiveRun, shards: readonly number[], positions: number): boolean {
  const total = (of: 'rows' | 'bytes'): number => shards.reduce((sum, shard) => sum + plan.shards[shard]![of], 0)
  return total('bytes') <= LARGEST_DATA && positions * total('rows') * plan.dimension <= WORK_OF_A_TASK * shards.length
}

/** Answers in this process, one shard after another. Each is bound at the first question and kept. */
export function inDriver(run: ActiveRun, shards: readonly number[], powers: Powers): Answerer {
  const models = new Map<number, Promise<BoundModel>>()
  const bound = (shard: number): Promise<BoundModel> => {
    const known = models.get(shard) ?? run.bindShard(shard)
    models.set(shard, known)
    return known
  }
  return async ({ draws, dimension, values }, gradient, listen, signal) => {
    let yielded = performance.now()
    for (const shard of shards) {
      const model = await bound(shard)
      const allocate = (length: number): Float64Array => model.allocate?.(length) ?? new Float64Array(length)
      const [position, slope] = [allocate(dimension), allocate(dimension)]
      const logDensity = new Float64Array(draws)
      const gradients = new Float64Array(gradient ? draws * dimension : 0)
      for (let row = 0; row < draws; row++) {
        position.set(values.subarray(row * dimension, (row + 1) * dimension))
        const value = model.logDensityInto(slope, position, powers)
        logDensity[row] = value
        if (gradient) gradients.set(Number.isFinite(value) ? slope : slope.fill(NaN), row * dimension)
        if (performance.now() - yielded < YIELD_MS) continue
        await new Promise(resolve => setImmediate(resolve))
        signal.throwIfAborted()
        yielded = performance.now()
      }
      listen(shard, { logDensity, gradients })
    }
  }
}
