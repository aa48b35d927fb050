import type { BackendCapabilities, DetachableBackend, Log, MCMCBackend } from './backend.js'
import type { CombinerDefinition, CombinerNeeds } from './combiner.js'
import type { DataSourceDefinition, SharderDefinition } from './data-source.js'
import type { SamplerDefinition } from './sampler.js'
import type { BatchOptions } from './batch-options.js'
import type { SchedulerAdapter } from './scheduler.js'
import type { OptionsSchema } from './schema.js'
import type { Transport } from './transport.js'

/** The version of these contracts. `core` accepts this one and the one before. */
export const API_VERSION = 1

/** What a backend gets from `core`. */
export interface Host {
  readonly log: Log
  /** Turns a transport into a backend: one queue (longest expected task first), attempts, timeouts, heartbeats and draining included. */
  liveBackend(name: string, capabilities: Partial<BackendCapabilities>, transport: Transport): MCMCBackend
  /** Turns an adapter into a backend whose tasks are jobs of a batch scheduler: submission, adoption, polling, walltime, retries and cancellation included. */
  batchBackend(
    name: string,
    capabilities: Partial<BackendCapabilities>,
    adapter: SchedulerAdapter,
    options: BatchOptions,
  ): DetachableBackend
}

/** What `auto` knows when it chooses. */
export interface AutoFacts {
  readonly parallelUnits: number
  readonly usableWorkers: number
  readonly usableDevices: number
}

/** Everything but `create` is data, read without loading the backend. */
export interface BackendDefinition<O = Record<string, never>> {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** What differs from `DEFAULT_CAPABILITIES`. */
  readonly capabilities: Partial<BackendCapabilities>
  readonly options?: OptionsSchema<O>
  /** Offers itself to `auto`: of those whose predicate holds, the highest rank is taken. */
  readonly auto?: { readonly rank: number; readonly when: (facts: AutoFacts) => boolean }
  /** `import()` the heavy part in here. */
  create(options: O, host: Host): MCMCBackend | Promise<MCMCBackend>
}

/** Adds types, returns its argument. */
export const defineBackend = <O = Record<string, never>>(definition: BackendDefinition<O>): BackendDefinition<O> => definition

/**
 * A plugin is a plain object, the default export of a module. It needs no import of ours.
 *
 * ```js
 * export default { name: 'my-plugin', apiVersion: 1, backends: [{ name: 'mine', summary: '...', capabilities: {}, create: (options, host) => ... }] }
 * ```
 */
export interface Plugin {
  readonly name: string
  readonly apiVersion: number
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a list of definitions with different options
  readonly backends?: readonly BackendDefinition<any>[]
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly combiners?: readonly CombinerDefinition<CombinerNeeds, any>[]
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly samplers?: readonly SamplerDefinition<any>[]
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly dataSources?: readonly DataSourceDefinition<any>[]
  readonly sharders?: readonly SharderDefinition[]
}

/** Adds types, returns its argument. */
export const definePlugin = (plugin: Plugin): Plugin => plugin

/** The options of backends by their names, for `defineConfig`. Plugins add to it: `declare module '@chorale/core/contracts' { interface BackendOptions { pbs: PbsOptions } }`. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by module augmentation
export interface BackendOptions {}
