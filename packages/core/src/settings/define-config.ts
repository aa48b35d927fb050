import type { BackendOptions } from '../contracts/index.js'
import type { SettingsInput } from './schema.js'

/** The keys of section `backend` that belong to core. */
export interface BackendLimits {
  readonly parallelTasks?: number
  /** `8GB`, `512 MiB`, or bytes. */
  readonly memory?: string | number
  readonly node?: string
  readonly attempts?: number
}

/** A backend whose package declares its options takes those; `auto` takes none; of one that TypeScript does not know any is believed. */
type OptionsOf<N extends string> = N extends keyof BackendOptions
  ? Partial<BackendOptions[N]>
  : N extends 'auto'
    ? unknown
    : { readonly [option: string]: unknown }

/** Settings as they are written in TypeScript, with the options of backend `N`. */
export type ConfigFor<N extends string> = Omit<SettingsInput, 'backend'> & {
  readonly backend?: N | keyof BackendOptions | ({ readonly name?: N } & BackendLimits & OptionsOf<N>)
}

/**
 * Adds types, returns its argument: an object, or a function that returns one or a promise of one. A misspelt setting, or a misspelt option of a
 * backend whose package is imported, is an error in the editor (TypeScript checks names only in the object itself, not in what a function returns).
 *
 * ```ts
 * export default defineConfig({ model: './model.ts', data: { path: 'flights.parquet' }, backend: { name: 'workers', parallelTasks: 4 } })
 * ```
 */
export function defineConfig<const N extends string = 'auto'>(config: ConfigFor<N>): SettingsInput
export function defineConfig<const N extends string = 'auto'>(
  config: () => ConfigFor<N> | Promise<ConfigFor<N>>,
): () => SettingsInput | Promise<SettingsInput>
export function defineConfig(config: unknown): unknown {
  return config
}
