import { definePlugin } from '@chorale/core/contracts'

import { workers } from './workers.js'

export { workers }
export default definePlugin({ name: '@chorale/backend-workers', apiVersion: 1, backends: [workers] })
