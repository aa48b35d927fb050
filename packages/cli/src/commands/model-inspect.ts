import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import type { LoadedSettings } from '@chorale/core'
import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'

interface InspectFlags {
  readonly config?: string
  readonly json?: true
}

export function addModelCommand(program: Command, context: CommandContext): void {
  program
    .command('model')
    .summary('sites, plates, dimension and kernels of a model')
    .description('tools for authors of models')
    .command('inspect <file>')
    .description('what a model is made of, and how its likelihood is computed: sites, plates, dimension, kernels')
    .option('-c, --config <file>', 'settings file with the data (default: chorale.config.* beside the model or in a folder above)')
    .option('--json', 'print JSON')
    .action((file: string, flags: InspectFlags) => inspect(file, flags, context))
}

async function inspect(file: string, { config, json }: InspectFlags, context: CommandContext): Promise<void> {
  const [{ createRuntime }, { describeInspection }] = await Promise.all([
    import('@chorale/core/runtime'),
    import('../output/inspection.js'),
  ])
  const settings = await settingsFor(file, config)
  await using runtime = await createRuntime({ settings, builtins: context.builtins })
  const inspection = await runtime.planner.inspect(new AbortController().signal)
  if (json) printJson({ settings: settings.file ?? null, ...inspection })
  else process.stdout.write(describeInspection(inspection, settings.file))
}

/** The settings of the model's own folder, or those that are named, with this file as their model. */
async function settingsFor(file: string, config: string | undefined): Promise<LoadedSettings> {
  const [{ ChoraleError }, { loadSettings }] = await Promise.all([import('@chorale/core/contracts'), import('@chorale/core/command')])
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new ChoraleError('CHORALE_MODEL_NOT_FOUND', `There is no model ${file}`, {
      askedBy: 'chorale model inspect',
      lookedIn: path,
      fix: 'name a module whose default export is a model: chorale model inspect model.ts',
    })
  }
  const loaded = await loadSettings({ folder: dirname(path), ...(config === undefined ? {} : { file: resolve(config) }) })
  for (const warning of loaded.warnings) process.stderr.write(`warning  ${warning}\n`)
  const { model } = loaded.settings
  const named = model !== undefined && 'path' in model && resolve(loaded.folder, model.path) === path ? model.export : 'default'
  return { ...loaded, settings: { ...loaded.settings, model: { path, export: named } } }
}
