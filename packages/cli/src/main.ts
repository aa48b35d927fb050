import type { BuiltinPlugin } from '@chorale/core'
import { VERSION } from '@chorale/core/version'
import type { Command } from 'commander'

import type { Testkit } from './testkit.js'

/** What the entry package brings. */
export interface CliOptions {
  readonly builtins: readonly BuiltinPlugin[]
  /** The contract suites, where the entry package has them. */
  readonly loadTestkit?: () => Promise<Testkit>
  /** Folder of the entry package: packages that are optional are looked for there, too. */
  readonly home?: string
}

/** What every command gets; the exit code is what it sets. */
export interface CommandContext extends CliOptions {
  exit(code: number): void
  /** As `exit`, for what ran code that may go on for ever: the process ends when the output is written, whatever still runs. */
  exitNow(code: number): void
}

const USAGE_ERROR = 2

type AddCommand = (program: Command, context: CommandContext) => void

const approximations = async (): Promise<AddCommand> => (await import('./commands/approximate.js')).addApproximateCommands

/** What defines each command, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./commands/init.js')).addInitCommand,
  run: async () => (await import('./commands/run.js')).addRunCommand,
  laplace: approximations,
  pathfinder: approximations,
  optimize: async () => (await import('./commands/optimize.js')).addOptimizeCommand,
  list: async () => (await import('./commands/list.js')).addListCommand,
  status: async () => (await import('./commands/status.js')).addStatusCommand,
  attach: async () => (await import('./commands/attach.js')).addAttachCommand,
  logs: async () => (await import('./commands/logs.js')).addLogsCommand,
  cancel: async () => (await import('./commands/cancel.js')).addCancelCommand,
  show: async () => (await import('./commands/show.js')).addShowCommand,
  report: async () => (await import('./commands/report.js')).addReportCommand,
  export: async () => (await import('./commands/export.js')).addExportCommand,
  predict: async () => (await import('./commands/predict.js')).addPredictCommand,
  combine: async () => (await import('./commands/combine.js')).addCombineCommand,
  config: async () => (await import('./commands/config.js')).addConfigCommand,
  doctor: async () => (await import('./commands/doctor.js')).addDoctorCommand,
  backends: async () => (await import('./commands/backends.js')).addBackendsCommand,
  combiners: async () => (await import('./commands/combiners.js')).addCombinersCommand,
  samplers: async () => (await import('./commands/samplers.js')).addSamplersCommand,
  model: async () => (await import('./commands/model-inspect.js')).addModelCommand,
  plugin: async () => (await import('./commands/plugin-check.js')).addPluginCommand,
  'client-job': async () => (await import('./commands/client-job.js')).addClientJobCommand,
}

/** What jobs run: no help shows it. */
const HIDDEN = 'client-job'

/** The command that is asked for; where none is, all that the help shows. */
async function definitionsFor([name = '']: readonly string[]): Promise<ReadonlySet<AddCommand>> {
  const asked = Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS).filter(command => command !== HIDDEN)
  return new Set(await Promise.all(asked.map(command => COMMANDS[command]!())))
}

/**
 * The `chorale` command. Results go to standard output, progress and errors to standard error.
 *
 * Resolves with the exit code: 0 ok, 1 the run failed, 2 usage or settings, 3 resources, 4 its tasks go on, 130 interrupted.
 */
export async function main(given: readonly string[], options: CliOptions): Promise<number> {
  const argv = helpAsFlag(given)
  process.stdout.on('error', ignoreLostReader)
  process.stderr.on('error', ignoreLostReader)
  if (asksForVersion(argv)) {
    process.stdout.write(`${VERSION}\n`)
    return 0
  }
  let exitCode = 0
  let mustEnd = false
  const exit = (code: number): void => void (exitCode = code)
  const exitNow = (code: number): void => {
    exit(code)
    mustEnd = true
  }
  const context: CommandContext = { ...options, exit, exitNow }
  const [{ Command, CommanderError }, { arrangeHelp }, definitions] = await Promise.all([
    import('commander'),
    import('./help.js'),
    definitionsFor(argv),
  ])
  const program = new Command('chorale').description('Bayesian posterior sampling at scale').version(VERSION).exitOverride()
  for (const add of definitions) add(program, context)
  arrangeHelp(program)
  try {
    await program.parseAsync(argv, { from: 'user' })
    if (mustEnd) await endProcess(exitCode)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR
    const { exitCodeOf, formatError } = await import('@chorale/core/command')
    process.stderr.write(`${formatError(error)}\n`)
    return exitCodeOf(error)
  }
}

/** `help run` is `run --help`; a command that does not exist is said not to. */
function helpAsFlag(argv: readonly string[]): readonly string[] {
  const [first, name] = argv
  if (first !== 'help' || name === undefined) return argv
  return Object.hasOwn(COMMANDS, name) ? [...argv.slice(1), '--help'] : [name]
}

/** Answered before anything is loaded. */
const asksForVersion = (argv: readonly string[]): boolean => argv.length === 1 && ['--version', '-V'].includes(argv[0]!)

/** Of a pipe and of a terminal. */
const LOST_READER = ['EPIPE', 'EIO']

/** `chorale ... | head` is no reason to fail; a terminal that went away is none to end without a checkpoint. */
function ignoreLostReader(error: NodeJS.ErrnoException): void {
  if (!LOST_READER.includes(error.code ?? '')) throw error
}

/** Ends when everything that was written is out: `process.exit` alone would cut off what a pipe has not taken yet. */
async function endProcess(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await new Promise(resolve => stream.write('', resolve))
  return process.exit(code)
}
