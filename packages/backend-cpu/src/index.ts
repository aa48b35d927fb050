import { definePlugin } from '@chorale/core/contracts'

import { cpu } from './cpu.js'

export { cpu }
export default definePlugin({ name: '@chorale/backend-cpu', apiVersion: 1, backends: [cpu] })
