import { definePlugin } from '@chorale/core/contracts'
import { laplace } from './approximate/laplace.js'
import { optimize } from './approximate/optimize.js'
import { pathfinder } from './approximate/pathfinder.js'
import { nuts } from './task/nuts.js'

/** The plugin that provides the sampler `nuts`, the approximations `laplace` and `pathfinder`, and `optimize`. */
export default definePlugin({ name: '@chorale/sampler', apiVersion: 1, samplers: [nuts, laplace, pathfinder, optimize] })
