import { definePlugin } from '@chorale/core/contracts'

import { slurm } from './slurm.js'

export { slurm }
export { slurmAdapter } from './adapter.js'
export type { SlurmOptions } from './options.js'
export default definePlugin({ name: '@chorale/backend-slurm', apiVersion: 1, backends: [slurm] })
