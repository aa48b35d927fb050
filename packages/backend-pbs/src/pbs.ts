import { defineBackend, type BackendCapabilities } from '@chorale/core/contracts'

import { pbsOptions, type PbsOptions } from './options.js'
import { pbsScheduler } from './pbs-scheduler.js'

declare module '@chorale/core/contracts' {
  interface BackendOptions {
    pbs: PbsOptions
  }
}

const capabilities: Partial<BackendCapabilities> = {
  supportsSharding: true,
  supportsParallelChains: true,
  maxParallelShards: 100_000,
  isolation: 'process',
  detachable: true,
  interactive: false,
}

/** Tasks as jobs of OpenPBS, PBS Pro or TORQUE, which outlive the client. */
export const pbs = defineBackend<PbsOptions>({
  name: 'pbs',
  summary: 'Jobs of OpenPBS, PBS Pro or TORQUE, which go on without the client',
  capabilities,
  options: pbsOptions,
  create: (options, host) => host.batchBackend('pbs', capabilities, pbsScheduler(options), options),
})
