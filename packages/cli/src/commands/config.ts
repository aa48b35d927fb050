import type { Json } from '@chorale/core'
import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { formatTable } from '../output/table.js'
import { addSettingsFlags, settingsOf, type SettingsFlags } from '../settings-flags.js'

export function addConfigCommand(program: Command, _context: CommandContext): void {
  addSettingsFlags(
    program
      .command('config')
      .summary('every setting, and where it is from')
      .description('the settings as they are resolved, with the origin of each value'),
  )
    .option('--json', 'print JSON')
    .action(async (flags: SettingsFlags & { readonly json?: true }) => {
      const { settingsToJson } = await import('@chorale/core/command')
      const { settings, origins, file } = await settingsOf(flags)
      const values = settingsToJson(settings)
      if (flags.json) return printJson({ file: file ?? null, settings: values, origins: Object.fromEntries(origins) })
      process.stdout.write(`${file ?? 'no settings file: defaults, variables and flags only'}\n\n`)
      const rows = [...origins].map(([path, origin]) => [path, JSON.stringify(valueAt(values, path)) ?? '(object)', origin])
      process.stdout.write(formatTable(['setting', 'value', 'from'], rows))
    })
}

function valueAt(values: Json, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((node, key) => (node as Record<string, Json> | undefined)?.[key], values)
}
