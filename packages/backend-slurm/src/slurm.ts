import { BATCH_OPTIONS, defineBackend, type BackendCapabilities } from '@chorale/core/contracts'

import { slurmAdapter } from './adapter.js'
import type { SlurmOptions } from './options.js'

declare module '@chorale/core/contracts' {
  interface BackendOptions {
    slurm: SlurmOptions
  }
}

const capabilities: Partial<BackendCapabilities> = {
  supportsSharding: true,
  // The scheduler keeps the queue: what limits a run is the site, `maxParallelJobs` and the run's own limit of tasks in flight.
  maxParallelShards: 100_000,
  isolation: 'process',
  detachable: true,
  interactive: false,
}

/**
 * Jobs of Slurm: each task, or each few tasks, in a job of its own, which outlives the client. Needs the commands of Slurm where the client runs, and a run
 * directory that the nodes see under the same path.
 */
export const slurm = defineBackend<SlurmOptions>({
  name: 'slurm',
  summary: 'Jobs of a Slurm cluster, which outlive the client',
  capabilities,
  options: {
    type: 'object',
    properties: {
      ...BATCH_OPTIONS,
      qos: { type: 'string', minLength: 1, description: 'Quality of service.' },
      constraint: { type: 'string', minLength: 1, description: 'Features that the nodes must have, as sbatch takes them.' },
      reservation: { type: 'string', minLength: 1, description: 'Reservation to run in.' },
      gres: { type: 'string', minLength: 1, description: 'Generic resources of a job, as sbatch takes them.' },
    },
    additionalProperties: false,
  },
  create: (options, host) => host.batchBackend('slurm', capabilities, slurmAdapter(options), options),
})
