import { loadSettings, type LoadedSettings, type SettingsOverride } from '@chorale/core'
import type { Command } from 'commander'

/** Flags of every command that reads settings. */
export interface SettingsFlags {
  readonly config?: string
  readonly backend?: string
  readonly combiner?: string
  readonly seed?: string
  readonly set: readonly string[]
}

const SHORTHANDS = [
  { flag: 'backend', path: 'backend.name' },
  { flag: 'combiner', path: 'combination.name' },
  { flag: 'seed', path: 'sampling.seed' },
] as const

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

export function addSettingsFlags(command: Command): Command {
  return command
    .option('-c, --config <file>', 'settings file (default: chorale.config.* here or in a folder above)')
    .option('--backend <name>', 'where tasks run: overrides backend.name')
    .option('--combiner <name>', 'how sub-posteriors are combined: overrides combination.name')
    .option('--seed <number>', 'overrides sampling.seed')
    .option('--set <key=value>', 'overrides any setting, e.g. --set sampling.draws=500; may be repeated', collect, [])
}

/** Settings of the file with the flags on top. */
export function settingsOf(flags: SettingsFlags): Promise<LoadedSettings> {
  return loadSettings({ folder: process.cwd(), ...(flags.config === undefined ? {} : { file: flags.config }), overrides: overridesOf(flags) })
}

function overridesOf(flags: SettingsFlags): readonly SettingsOverride[] {
  const named = SHORTHANDS.flatMap(({ flag, path }) => {
    const value = flags[flag]
    return value === undefined ? [] : [{ path, value, origin: `--${flag} ${value}` }]
  })
  const others = flags.set.map(pair => {
    const at = pair.indexOf('=')
    return { path: at < 0 ? pair : pair.slice(0, at), value: at < 0 ? '' : pair.slice(at + 1), origin: `--set ${pair}` }
  })
  return [...named, ...others]
}
