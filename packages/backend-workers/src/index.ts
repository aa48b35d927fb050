import { definePlugin } from '@chorale/core/contracts'

import { workers, type WorkersOptions } from './workers.js'

export { workers, type WorkersOptions }
export default definePlugin({ name: '@chorale/backend-workers', apiVersion: 1, backends: [workers] })
