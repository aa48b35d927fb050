import type { Kind, Listing } from '@chorale/core'
import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { formatTable, wrapLastColumn } from '../output/table.js'
import { addSettingsFlags, settingsOf, type SettingsFlags } from '../settings-flags.js'

interface ListFlags extends SettingsFlags {
  readonly json?: true
}

export function addBackendsCommand(program: Command, context: CommandContext): void {
  addListCommand(program, context, {
    name: 'backends',
    kind: 'backend',
    summary: 'where tasks can run',
    description: 'the backends that are installed, and those that can be',
  })
}

export interface ListCommand {
  readonly name: string
  readonly kind: Kind
  readonly summary: string
  readonly description: string
  /** What people are shown below the table. */
  readonly more?: (listings: readonly Listing[]) => string
}

/** `chorale backends`, `chorale combiners`, `chorale samplers`: every name, with its aliases, its package, and what it does. */
export function addListCommand(program: Command, context: CommandContext, { name, kind, summary, description, more }: ListCommand): void {
  addSettingsFlags(program.command(name).summary(summary).description(description))
    .option('--json', 'print JSON')
    .action(async (flags: ListFlags) => {
      const { createRuntime } = await import('@chorale/core/runtime')
      await using runtime = await createRuntime({ settings: await settingsOf(flags), builtins: context.builtins })
      const listings = await runtime.registry.list(kind)
      if (flags.json) printJson(listings)
      else process.stdout.write(formatTable(HEADER, wrapLastColumn(HEADER, listings.map(row))) + (more?.(listings) ?? ''))
    })
}

const HEADER = ['name', 'aliases', 'status', 'what it is']

const row = ({ name, aliases, installed, package: from, summary }: Listing): readonly string[] => [
  name,
  aliases.join(', '),
  installed ? 'installed' : `npm install ${from}`,
  summary,
]
