import { createRequire } from 'node:module'
import { join } from 'node:path'

import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { shown } from '../output/shown.js'
import type { Starter } from '../starter/write-starter.js'

interface InitFlags {
  readonly typescript?: true
  readonly json?: true
}

/** `chorale init`: a model, its settings and its data, to be changed into one's own. */
export function addInitCommand(program: Command, _context: CommandContext): void {
  program
    .command('init [folder]')
    .summary('write a small project that runs at once')
    .description('write a model, its settings and its data, which run at once, into a folder (default: this one); overwrites nothing')
    .option('--typescript', 'model.ts and chorale.config.ts instead of model.js and chorale.config.yaml')
    .option('--json', 'print JSON')
    .action(async (folder: string | undefined, { typescript, json }: InitFlags) => {
      const { writeStarter } = await import('../starter/write-starter.js')
      const starter = await writeStarter(folder ?? '.', typescript ? 'typescript' : 'javascript')
      if (json) printJson(starter)
      else process.stdout.write(describe(starter, isInstalled(starter.folder)))
    })
}

/** Whether a model in the folder can import from the package. */
function isInstalled(folder: string): boolean {
  try {
    createRequire(join(folder, 'model.js')).resolve('chorale')
    return true
  } catch {
    return false
  }
}

function describe({ folder, files }: Starter, installed: boolean): string {
  const [model, settings, data] = files
  const here = folder === process.cwd()
  const width = Math.max(...files.map(file => file.length))
  const lines = [
    [model!, 'the model: one mean, one standard deviation'],
    [settings!, 'the settings: model, data, chains, seed'],
    [data!, 'the data: 29 measurements of the density of the earth'],
  ].map(([file, what]) => `  ${file!.padEnd(width)}  ${what}`)
  const commands = [...(here ? [] : [`cd ${shown(folder)}`]), ...(installed ? [] : ['npm install chorale']), 'npx chorale run']
  return `Wrote into ${here ? 'this folder' : shown(folder)}:\n${lines.join('\n')}\nSample with:\n${commands.map(command => `  ${command}\n`).join('')}`
}
