export { default } from './plugin.js'
export { nuts } from './task/nuts.js'
export { nutsOptionsSchema, type NutsOptions } from './task/options.js'
export type { InitStrategy, StartOptions } from './start/start-options.js'
export {
  createAdaptation,
  type AdaptationKind,
  type AdaptationOptions,
  type AdaptationStart,
  type MetricChoice,
} from './adaptation/create-adaptation.js'
export { createStanAdaptation } from './adaptation/stan-adaptation.js'
export type { Adaptation } from './adaptation/adaptation.js'
export { createChain, moveChain, type Chain } from './chain/chain.js'
export { warmUp } from './chain/warm-up.js'
export type { Transition } from './engine/transition.js'
export { modelTarget, type ModelTarget, type Target } from './engine/target.js'
export { findStart } from './start/initialisation.js'
export { createPacer, type Pacer } from './engine/pacer.js'
