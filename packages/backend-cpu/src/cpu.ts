import { defineBackend, type BackendCapabilities } from '@chorale/core/contracts'

import { CpuTransport } from './cpu-transport.js'

const capabilities: Partial<BackendCapabilities> = { supportsParallelChains: false, sameProcess: true }

/**
 * This process, one task after another: the backend that always works, and the reference for all others, whose draws must be bit-identical.
 *
 * Only one chain of one shard runs at a time. Memory: the process itself, the shard's columns and what the model makes of them.
 */
export const cpu = defineBackend({
  name: 'cpu',
  summary: 'This process, one chain after another',
  capabilities,
  create: (_, host) => host.liveBackend('cpu', capabilities, new CpuTransport()),
})
