import { runStatus, type RunStatus } from '@chorale/core'
import type { Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { runFolder } from '../run-folder.js'

const STILL_RUNNING = 4

export function addStatusCommand(program: Command, context: CommandContext): void {
  program
    .command('status [run]')
    .description('how far a run is (path, id or "latest", the default); loads no code of the run')
    .option('--json', 'print JSON')
    .action(async (run: string | undefined, flags: { readonly json?: true }) => {
      const status = await runStatus(await runFolder(run ?? 'latest'))
      if (flags.json) printJson(status)
      else process.stdout.write(describe(status))
      if (status.state === 'running') context.exit(STILL_RUNNING)
    })
}

function describe({ run, path, state, chains, driver, verdict }: RunStatus): string {
  const lines = [
    `run      ${run}`,
    `folder   ${path}`,
    `state    ${state}${driver === undefined ? '' : ` (process ${driver.pid} on ${driver.host})`}`,
    `chains   ${chains.finished} of ${chains.planned} finished${chains.failed > 0 ? `, ${chains.failed} failed attempts` : ''}`,
    ...(verdict === undefined ? [] : [`verdict  ${verdict}`]),
    ...(state === 'interrupted' ? [`resume   chorale run --resume ${path}`] : []),
  ]
  return `${lines.join('\n')}\n`
}
