import type { Listing } from '@chorale/core'
import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { formatTable, wrapLastColumn } from '../output/table.js'
import { addListCommand } from './backends.js'

export function addSamplersCommand(program: Command, context: CommandContext): void {
  addListCommand(program, context, {
    name: 'samplers',
    kind: 'sampler',
    summary: 'what can draw, and its options',
    description: 'the samplers that are installed with their options, and those that can be',
    more: optionTables,
  })
}

/** One table for each sampler that takes options. */
function optionTables(listings: readonly Listing[]): string {
  return listings
    .filter(({ options }) => options.length > 0)
    .map(({ name, options }) => {
      const rows = options.map(({ name: option, default: value, type, description }) => {
        const isLong = type.length > WIDEST_TYPE
        return [
          option,
          value === undefined ? '-' : JSON.stringify(value),
          isLong ? 'one of' : type,
          isLong ? `${description}. One of: ${type}` : description,
        ]
      })
      return `\nOptions of ${name} (sampling: { name: ${name}, ... })\n${formatTable(HEADER, wrapLastColumn(HEADER, rows))}`
    })
    .join('')
}

const HEADER = ['option', 'default', 'type', 'what it does']

/** Longer lists of names stand behind the description. */
const WIDEST_TYPE = 16
