import { definePlugin } from '@chorale/core/contracts'
import { nuts } from './task/nuts.js'

/** The plugin that provides the sampler `nuts`. */
export default definePlugin({ name: '@chorale/sampler', apiVersion: 1, samplers: [nuts] })
