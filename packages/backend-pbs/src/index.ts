import { definePlugin } from '@chorale/core/contracts'

import { pbs } from './pbs.js'

export { pbs }
export { pbsScheduler } from './pbs-scheduler.js'
export type { PbsOptions } from './options.js'
export default definePlugin({ name: '@chorale/backend-pbs', apiVersion: 1, backends: [pbs] })
