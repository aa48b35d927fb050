import type { Plugin } from '../contracts/index.js'

/** A package that the entry package depends on: loaded when one of its names is first asked for. */
export interface BuiltinPlugin {
  readonly package: string
  /** URL of the package's entry module, for job bundles. */
  readonly url: string
  load(): Promise<{ readonly default: Plugin }>
}
