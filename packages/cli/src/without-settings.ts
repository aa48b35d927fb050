import { resolve } from 'node:path'

import { parseSettings, type LoadedSettings } from '@chorale/core/settings'

/** Defaults: for commands on runs, whose own settings are in their `run.json`. */
export function withoutSettings(): LoadedSettings {
  return { settings: parseSettings({}), origins: new Map(), warnings: [], folder: resolve('.') }
}
