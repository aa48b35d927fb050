import type { BuiltinPlugin, LoadedSettings, SettingsOverride } from '@chorale/core'
import { InvalidArgumentError, type Command } from 'commander'

/** Flags of every command that reads settings. */
export interface SettingsFlags {
  readonly config?: string
  readonly backend?: string
  readonly combiner?: string
  readonly seed?: string
  readonly set?: readonly string[]
}

const SHORTHANDS = [
  { flag: 'backend', path: 'backend.name' },
  { flag: 'combiner', path: 'combination.name' },
  { flag: 'seed', path: 'sampling.seed' },
] as const

function collect(pair: string, previous: readonly string[] = []): readonly string[] {
  if (pair.indexOf('=') < 1) throw new InvalidArgumentError('Write key=value, e.g. sampling.draws=500.')
  return [...previous, pair]
}

export function addSettingsFlags(command: Command): Command {
  return command
    .option('-c, --config <file>', 'settings file (default: chorale.config.* here or in a folder above)')
    .option('--backend <name>', 'where tasks run: overrides backend.name')
    .option('--combiner <name>', 'how sub-posteriors are combined: overrides combination.name')
    .option('--seed <number>', 'overrides sampling.seed')
    .option('--set <key=value>', 'overrides any setting, e.g. --set sampling.draws=500; may be repeated', collect)
}

/** What settings are read with. */
interface Reading {
  /** On top of the flags. */
  readonly others?: readonly SettingsOverride[]
  /** For a run: its model is bundled with these from the moment that the settings name it. */
  readonly bundleWith?: readonly BuiltinPlugin[]
}

/** Settings of the file with the flags on top; says what was warned of. */
export async function settingsOf(flags: SettingsFlags, { others = [], bundleWith }: Reading = {}): Promise<LoadedSettings> {
  const { loadSettings } = await import('@chorale/core/command')
  const settings = await loadSettings({
    folder: process.cwd(),
    ...(flags.config === undefined ? {} : { file: flags.config }),
    overrides: [...overridesOf(flags), ...others],
    ...(bundleWith ? { bundleWith } : {}),
  })
  for (const warning of settings.warnings) process.stderr.write(`warning  ${warning}\n`)
  return settings
}

/**
 * Settings of something that samples.
 * @throws ChoraleError `CHORALE_SETTINGS_NOT_FOUND` where there is no settings file, and nothing else says what to sample
 */
export async function settingsOfRun(flags: SettingsFlags, reading: Reading = {}): Promise<LoadedSettings> {
  const loaded = await settingsOf(flags, reading)
  const { model, data } = loaded.settings
  if (loaded.file !== undefined || model !== undefined || data.path !== undefined || data.source !== undefined) return loaded
  const { ChoraleError } = await import('@chorale/core/contracts')
  throw new ChoraleError('CHORALE_SETTINGS_NOT_FOUND', 'There is no chorale.config.* that says what to sample', {
    lookedIn: `${loaded.folder} and the folders above it, up to the first package.json`,
    fix: 'go to the folder that has one, or name it: --config FILE; chorale init writes one, with a model and data',
  })
}

/**
 * Settings for a command that is named after a sampler: options of another one are left out with a warning. `defaults` hold where neither the file nor a
 * variable nor a flag says.
 */
export async function settingsForSampler(
  flags: SettingsFlags,
  sampler: string,
  defaults: { readonly chains?: number },
  others: readonly SettingsOverride[] = [],
): Promise<LoadedSettings> {
  const asked = { path: 'sampling.name', value: sampler, origin: `chorale ${sampler}` }
  const loaded = await settingsOfRun(flags, { others: [...others, asked] })
  if (defaults.chains === undefined || loaded.origins.get('sampling.chains') !== 'default') return loaded
  const { settings } = loaded
  return { ...loaded, settings: { ...settings, sampling: { ...settings.sampling, chains: defaults.chains } } }
}

/** The flags that were given, as they are written: for commands on runs, whose settings are settled. */
export function givenSettingsFlags(flags: SettingsFlags): readonly string[] {
  const named = (['config', 'backend', 'combiner', 'seed'] as const).filter(name => flags[name] !== undefined)
  return [...named.map(name => `--${name}`), ...(flags.set === undefined ? [] : ['--set'])]
}

export function overridesOf(flags: SettingsFlags): readonly SettingsOverride[] {
  const named = SHORTHANDS.flatMap(({ flag, path }) => {
    const value = flags[flag]
    return value === undefined ? [] : [{ path, value, origin: `--${flag} ${value}` }]
  })
  const others = (flags.set ?? []).map(pair => {
    const at = pair.indexOf('=')
    return { path: pair.slice(0, at), value: pair.slice(at + 1), origin: `--set ${pair}` }
  })
  return [...named, ...others]
}
