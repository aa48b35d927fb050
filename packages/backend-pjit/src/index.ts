import { definePlugin } from '@chorale/core/contracts'

import { pjit } from './pjit.js'

export { pjit }
export type { PjitOptions } from './pjit.js'
export default definePlugin({ name: '@chorale/backend-pjit', apiVersion: 1, backends: [pjit] })
