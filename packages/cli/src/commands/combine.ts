import type { ComparisonOutcome, Warning } from '@chorale/core'
import { InvalidArgumentError, Option, type Command } from 'commander'

import type { CommandContext } from '../main.js'
import { A_RUN } from '../run-argument.js'

const LOCALS = ['conditional', 'transport', 'skip'] as const
type Locals = (typeof LOCALS)[number]

interface CombineFlags {
  readonly combiner?: string
  readonly compare?: readonly string[]
  readonly draws?: number
  readonly locals?: Locals
  readonly localDraws?: number
  readonly option?: Readonly<Record<string, unknown>>
  readonly trustRun?: true
  readonly takeOver?: true
  readonly verbose?: true
  readonly json?: true
}

export function addCombineCommand(program: Command, context: CommandContext): void {
  program
    .command('combine')
    .argument('<run>', A_RUN)
    .summary('combine a run again, without sampling')
    .description('combine the finished chains of a run again, without sampling')
    .option('--combiner <name>', 'another combiner than the run used')
    .addOption(
      new Option('--compare <names>', 'several combiners, as a,b,c: their results side by side')
        .argParser(listOfNames)
        .conflicts(['combiner', 'draws', 'option', 'locals', 'localDraws']),
    )
    .option('--draws <number>', 'how many combined draws', wholeNumber)
    .option('--option <key=value>', 'an option of the combiner; may be repeated', collectOption)
    .addOption(new Option('--locals <method>', 'how local parameters are drawn: overrides combination.locals').choices(LOCALS))
    .option('--local-draws <number>', 'for how many combined draws: overrides combination.localDraws', wholeNumber)
    .option('--take-over', 'drive the run although another process does')
    .option('--trust-run', "load the run's code although others can write it")
    .option('--verbose', 'a line when a task begins and ends, and figures of every shard')
    .option('--json', 'print summary.json instead of the table; of a comparison one summary a combiner')
    .action(async (run: string, flags: CombineFlags) => {
      const [{ carryOut }, { runFolder }, { withoutSettings }] = await Promise.all([
        import('../carry-out.js'),
        import('../run-folder.js'),
        import('../without-settings.js'),
      ])
      const path = await runFolder(run)
      const options = { trustRun: flags.trustRun === true, takeOver: flags.takeOver === true }
      const json = flags.json === true
      const verbose = flags.verbose === true
      const work = { settings: withoutSettings(), verbose }
      const { compare } = flags
      if (compare) {
        const { printComparison } = await import('../output/comparison.js')
        const print = (outcome: ComparisonOutcome, warnings: readonly Warning[]): void => printComparison(outcome, { json, warnings })
        await carryOut({ ...work, print }, context, (runtime, signal) => runtime.pipeline.compare(path, compare, options, signal))
        return
      }
      const choice = {
        ...(flags.combiner === undefined ? {} : { name: flags.combiner }),
        ...(flags.draws === undefined ? {} : { draws: flags.draws }),
        ...(flags.option === undefined ? {} : { options: flags.option }),
        ...(flags.locals === undefined ? {} : { locals: flags.locals }),
        ...(flags.localDraws === undefined ? {} : { localDraws: flags.localDraws }),
      }
      const { reportRun } = await import('../output/outcome.js')
      const report = reportRun({ json, verbose, resume: 'chorale combine' })
      await carryOut({ ...work, ...report }, context, (runtime, signal) => runtime.pipeline.combine(path, choice, options, signal))
    })
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number, 1 or more.')
  return value
}

function listOfNames(text: string): readonly string[] {
  const names = [
    ...new Set(
      text
        .split(',')
        .map(name => name.trim())
        .filter(name => name !== ''),
    ),
  ]
  if (names.length < 2) throw new InvalidArgumentError('It must name two or more combiners, as in gaussian,consensus.')
  return names
}

/** A value is JSON where it reads as JSON, and text otherwise. */
function collectOption(pair: string, previous: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const at = pair.indexOf('=')
  const [key, text] = at < 0 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)]
  try {
    return { ...previous, [key]: JSON.parse(text) as unknown }
  } catch {
    return { ...previous, [key]: text }
  }
}
