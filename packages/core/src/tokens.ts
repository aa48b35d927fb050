import type { Clock } from './clock.js'
import type { Exec } from './exec.js'
import type { RunLogFile } from './log/run-log.js'
import type { Pipeline } from './pipeline/pipeline.js'
import type { RunObserver } from './run-event.js'
import type { Planner } from './planning/plan-run.js'
import type { PluginRegistry } from './plugins/index.js'
import type { LoadedSettings } from './settings/index.js'

/** Names a service of a run and its type. Registered symbols, so that two copies of this package mean the same services. */
export type Token<T> = symbol & { readonly service?: T }

const token = <T>(name: string): Token<T> => Symbol.for(`@chorale/core:${name}`)

export const SETTINGS = token<LoadedSettings>('settings')
export const CLOCK = token<Clock>('clock')
export const EXEC = token<Exec>('exec')
export const LOG = token<RunLogFile>('log')
export const OBSERVER = token<RunObserver>('observer')
export const REGISTRY = token<PluginRegistry>('registry')
export const PLANNER = token<Planner>('planner')
export const PIPELINE = token<Pipeline>('pipeline')
