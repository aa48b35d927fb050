import { join, resolve } from 'node:path'

import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { formatTable } from '../output/table.js'

/** What is listed of a run; of one that cannot be read only that. */
interface Listed {
  readonly run: string
  readonly state: string
  readonly backend: string
  readonly chains: string
  readonly verdict: string
}

export function addListCommand(program: Command, _context: CommandContext): void {
  program
    .command('list')
    .argument('[folder]', 'folder of runs; default: runs')
    .summary('the runs in a folder, newest first')
    .description('the runs in a folder, newest first; loads no code of them')
    .option('--json', 'print JSON')
    .action(async (folder: string | undefined, flags: { readonly json?: true }) => {
      const { listRuns } = await import('@chorale/core/records')
      const root = folder ?? 'runs'
      const listed: Listed[] = []
      for (const run of await listRuns(root)) listed.push(await describe(join(root, run), run))
      if (flags.json) return printJson(listed)
      if (listed.length === 0) return void process.stdout.write(`There are no runs in ${resolve(root)}\n`)
      const rows = listed.map(({ run, state, backend, chains, verdict }) => [run, state, backend, chains, verdict.split(' (')[0]!])
      process.stdout.write(formatTable(['run', 'state', 'backend', 'chains', 'verdict'], rows))
    })
}

async function describe(path: string, run: string): Promise<Listed> {
  const [{ isChoraleError }, { runStatus }] = await Promise.all([import('@chorale/core/contracts'), import('@chorale/core/records')])
  try {
    const { state, backend, chains, verdict = '' } = await runStatus(path)
    return { run, state, backend, chains: `${chains.finished}/${chains.planned}`, verdict }
  } catch (error) {
    if (!isChoraleError(error)) throw error
    return { run, state: error.code === 'CHORALE_RUN_NOT_FOUND' ? 'not planned' : error.code, backend: '', chains: '', verdict: '' }
  }
}
