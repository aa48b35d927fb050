import { resolve } from 'node:path'

import type { Diagnosis } from '../contracts/index.js'
import type { BuiltinPlugin } from '../plugins/builtin.js'
import { PluginRegistry } from '../plugins/index.js'
import type { LoadedSettings } from '../settings/load.js'
import { diagnoseBackend } from './backend.js'
import { diagnoseMachine } from '../machine/diagnose-machine.js'
import { problem } from '../machine/problem.js'
import { diagnoseRunRoot } from '../machine/run-root.js'

export interface DoctorRequest {
  /** Reads the settings; what it throws is what is found. */
  readonly load: () => Promise<LoadedSettings>
  /** Where settings were looked for. */
  readonly folder: string
  readonly builtins: readonly BuiltinPlugin[]
  /** Instead of the backend of the settings: for settings that cannot be read. */
  readonly backend?: string
  /** Submits a job of the backend too: one that is held and removed, or one of seconds that runs on a node. */
  readonly job?: 'held' | 'run'
}

/** What a run would meet here: this machine, the settings, their plugins, the folder of the runs, the backend. Changes nothing but for a job that is asked for, and never throws for what it finds. */
export async function doctor({ load, folder, builtins, backend, job }: DoctorRequest): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [...diagnoseMachine()]
  let loaded: LoadedSettings | undefined
  try {
    loaded = await load()
    found.push(settingsLine(loaded, folder))
  } catch (error) {
    found.push(problem('settings', error))
  }
  const registry = new PluginRegistry({ builtins, folder: loaded?.folder ?? folder })
  for (const plugin of loaded?.settings.plugins ?? []) found.push(await pluginLine(registry, plugin))
  const name = loaded?.settings.backend.name ?? backend ?? 'auto'
  const root = resolve(loaded?.folder ?? folder, loaded?.settings.output.directory ?? 'runs')
  const asked = await diagnoseBackend(registry, name, loaded?.settings, job && { how: job, root })
  return [...found, ...(await diagnoseRunRoot(root, { detachable: asked.detachable, assumedShared: asked.assumedShared })), ...asked.found]
}

function settingsLine({ file, settings }: LoadedSettings, folder: string): Diagnosis {
  if (file === undefined) {
    return {
      what: 'settings',
      level: 'warning',
      found: `no settings file in ${folder} and above it: defaults`,
      change: 'chorale init writes one, with a model and data',
    }
  }
  const missing = [settings.model === undefined ? 'model' : '', (settings.data.path ?? settings.data.source) ? '' : 'data'].filter(Boolean)
  if (missing.length === 0) return { what: 'settings', level: 'ok', found: file }
  return { what: 'settings', level: 'warning', found: `${file} names no ${missing.join(' and no ')}`, change: 'a run needs both' }
}

async function pluginLine(registry: PluginRegistry, plugin: Parameters<PluginRegistry['register']>[0]): Promise<Diagnosis> {
  const named = typeof plugin === 'string' ? plugin : plugin.name
  try {
    const { code } = await registry.register(plugin, 'plugins')
    const version = code.version === '' ? '' : ` ${code.version}`
    return { what: `plugin ${named}`, level: 'ok', found: `${code.url}${version}` }
  } catch (error) {
    return problem(`plugin ${named}`, error)
  }
}
