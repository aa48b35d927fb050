import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { addListCommand } from './backends.js'

export function addCombinersCommand(program: Command, context: CommandContext): void {
  addListCommand(program, context, {
    name: 'combiners',
    kind: 'combiner',
    summary: 'how sub-posteriors can be combined',
    description: 'the combiners that are installed, and those that can be',
  })
}
