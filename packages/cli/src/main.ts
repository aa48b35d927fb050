import { exitCodeOf, formatError, VERSION, type BuiltinPlugin } from '@chorale/core'
import { Command, CommanderError } from 'commander'

import { addApproximateCommands } from './commands/approximate.js'
import { addBackendsCommand } from './commands/backends.js'
import { addCombineCommand } from './commands/combine.js'
import { addCombinersCommand } from './commands/combiners.js'
import { addConfigCommand } from './commands/config.js'
import { addModelCommand } from './commands/model-inspect.js'
import { addOptimizeCommand } from './commands/optimize.js'
import { addPluginCommand } from './commands/plugin-check.js'
import { addRunCommand } from './commands/run.js'
import { addSamplersCommand } from './commands/samplers.js'
import { addStatusCommand } from './commands/status.js'
import type { Testkit } from './testkit.js'

/** What the entry package brings. */
export interface CliOptions {
  readonly builtins: readonly BuiltinPlugin[]
  /** The contract suites, where the entry package has them. */
  readonly loadTestkit?: () => Promise<Testkit>
}

/** What every command gets; the exit code is what it sets. */
export interface CommandContext extends CliOptions {
  exit(code: number): void
  /** As `exit`, for what ran code that may go on for ever: the process ends when the output is written, whatever still runs. */
  exitNow(code: number): void
}

const USAGE_ERROR = 2

/**
 * The `chorale` command. Results go to standard output, progress and errors to standard error.
 *
 * Resolves with the exit code: 0 ok, 1 the run failed, 2 usage or settings, 3 resources, 130 interrupted.
 */
export async function main(argv: readonly string[], options: CliOptions): Promise<number> {
  process.stdout.on('error', ignoreClosedPipe)
  process.stderr.on('error', ignoreClosedPipe)
  let exitCode = 0
  let mustEnd = false
  const exit = (code: number): void => void (exitCode = code)
  const exitNow = (code: number): void => {
    exit(code)
    mustEnd = true
  }
  const context: CommandContext = { ...options, exit, exitNow }
  const program = new Command('chorale')
    .description('Bayesian posterior sampling at scale')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(chorale --help shows the commands and options)')
  for (const add of [
    addRunCommand,
    addApproximateCommands,
    addOptimizeCommand,
    addStatusCommand,
    addCombineCommand,
    addBackendsCommand,
    addCombinersCommand,
    addSamplersCommand,
    addConfigCommand,
    addModelCommand,
    addPluginCommand,
  ]) {
    add(program, context)
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    if (mustEnd) await endProcess(exitCode)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR
    process.stderr.write(`${formatError(error)}\n`)
    return exitCodeOf(error)
  }
}

/** `chorale ... | head` is no reason to fail. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** Ends when everything that was written is out: `process.exit` alone would cut off what a pipe has not taken yet. */
async function endProcess(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await new Promise(resolve => stream.write('', resolve))
  return process.exit(code)
}
