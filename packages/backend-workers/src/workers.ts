import { defineBackend, type BackendCapabilities } from '@chorale/core/contracts'

import { ProcessesTransport } from './processes-transport.js'
import { WorkersTransport } from './workers-transport.js'

/** Options of the backend: settings `backend`. */
export interface WorkersOptions {
  /** What a crash in native code, or memory that runs out, takes down: the whole run (`thread`, default), or one attempt of one task (`process`). */
  readonly isolation: 'thread' | 'process'
}

declare module '@chorale/core/contracts' {
  interface BackendOptions {
    workers: WorkersOptions
  }
}

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
 * A thread reads the job bundle from the run directory, so the model must be a module. A shard's columns are in memory once, shared by all threads; what a model
 * makes of them, as matrices packed for WebAssembly, each thread has for itself. A thread has a JavaScript heap of its own, but memory limits can only be
 * planned, not enforced: typed arrays and WebAssembly are outside of that heap, and V8 ends the whole process when some allocations (arrays of numbers, maps)
 * exceed it. With `isolation: 'process'` each task runs in a child process, whose memory is measured and limited, and which has its own copy of the columns.
 */
export const workers = defineBackend<WorkersOptions>({
  name: 'workers',
  aliases: ['multiprocessing', 'jax'],
  summary: 'Worker threads: chains and shards in parallel on this machine',
  capabilities,
  options: {
    type: 'object',
    properties: {
      isolation: {
        enum: ['thread', 'process'],
        default: 'thread',
        description:
          'What a crash in native code takes down: the run (`thread`), or one attempt of one task (`process`, for models that call native code).',
      },
    },
  },
  create: ({ isolation }, host) =>
    isolation === 'process'
      ? host.liveBackend('workers', { ...capabilities, isolation }, new ProcessesTransport())
      : host.liveBackend('workers', capabilities, new WorkersTransport()),
})
