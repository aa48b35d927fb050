import { defineBackend, type BackendCapabilities } from '@chorale/core/contracts'

import { WorkersTransport } from './workers-transport.js'

const capabilities: Partial<BackendCapabilities> = {
  supportsSharding: true,
  supportsParallelChains: true,
  // More than any machine has cores: what limits a run is its own limit of tasks in flight.
  maxParallelShards: 4096,
  isolation: 'thread',
}

/**
 * Worker threads of this process: as many tasks at a time as the run's `parallelTasks`, chains of one shard and shards alike.
 *
 * A thread reads the shard's rows and the job bundle from the run directory, so the model must be a module. Memory: for each task in flight, what the
 * `cpu` backend needs for one. A thread has a JavaScript heap of its own, but memory limits can only be planned, not enforced: typed arrays and
 * WebAssembly are outside of that heap, and V8 ends the whole process when some allocations (arrays of numbers, maps) exceed it.
 */
export const workers = defineBackend({
  name: 'workers',
  aliases: ['multiprocessing', 'jax'],
  summary: 'Worker threads: chains and shards in parallel on this machine',
  capabilities,
  create: (_, host) => host.liveBackend('workers', capabilities, new WorkersTransport()),
})
