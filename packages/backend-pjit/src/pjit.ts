import { defineBackend, type BackendCapabilities, type Load, type MCMCBackend, type RunContext, type Task } from '@chorale/core/contracts'
import { usableWorkers } from '@chorale/core/job'

import { layoutOf, type Layout } from './layout.js'
import { estimateMemory } from './memory-estimate.js'
import { PjitTransport } from './pjit-transport.js'

export interface PjitOptions {
  /** Threads that one chain may have. Default: the cores that this process may use. */
  readonly devices?: number
}

declare module '@chorale/core/contracts' {
  interface BackendOptions {
    pjit: PjitOptions
  }
}

const capabilities: Partial<BackendCapabilities> = {
  supportsSharding: false,
  supportsParallelChains: true,
  isolation: 'thread',
}

/**
 * One chain's likelihood split between threads of this process: each computes its part of the blocks of rows, and all parts are added in the order that the
 * `cpu` backend adds them in. Exact: the draws are those of `cpu`, bit by bit, on any number of threads.
 *
 * Chains run one after another on all threads, or side by side where a chain has fewer blocks of rows than there are cores. A model that cannot be split
 * (hand-written, few rows, sufficient statistics) runs on one thread, and the log says why.
 */
export const pjit = defineBackend<PjitOptions>({
  name: 'pjit',
  aliases: ['jit'],
  summary: "Threads that share one chain's likelihood: for few chains of many rows",
  capabilities,
  options: {
    type: 'object',
    properties: { devices: { type: 'integer', minimum: 1, description: 'Threads that one chain may have. Default: the usable cores.' } },
    additionalProperties: false,
  },
  create({ devices }, host) {
    const transport = new PjitTransport()
    const live = host.liveBackend('pjit', capabilities, transport)
    const arrange = (loads: readonly Load[], chains: number, parallelChains: number): Layout => {
      const cores = Math.max(usableWorkers(), devices ?? 1)
      const most = (of: (load: Load) => number): number => Math.max(1, ...loads.map(of))
      return layoutOf({
        cores,
        devices: devices ?? cores,
        parallelChains,
        chains,
        rows: most(load => load.rows),
        dimension: most(load => load.dimension),
      })
    }
    return {
      ...live,
      estimateMemory: load => estimateMemory(load, arrange([load], Math.max(1, load.chains), Math.max(1, load.chains))),
      run(tasks: readonly Task[], context: RunContext) {
        const { limits, log } = context
        const layout = arrange(
          tasks.map(task => task.load),
          mostChains(tasks),
          limits.parallelTasks,
        )
        transport.plan(tasks, layout.devices)
        log.info(`pjit: ${layout.reason}`)
        return live.run(tasks, { ...context, limits: { ...limits, parallelTasks: layout.chains } })
      },
    } satisfies MCMCBackend
  },
})

/** Tasks of the shard with the most: shards are given one at a time. */
function mostChains(tasks: readonly Task[]): number {
  const counts = new Map<number, number>()
  for (const { shard } of tasks) counts.set(shard, (counts.get(shard) ?? 0) + 1)
  return Math.max(1, ...counts.values())
}
