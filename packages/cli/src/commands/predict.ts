import { parseSize } from '@chorale/core/command'
import type { PredictionKind } from '@chorale/core/results'
import { InvalidArgumentError, type Command } from 'commander'

import type { CommandContext } from '../main.js'
import { printJson } from '../output/json.js'
import { counted } from '../output/number.js'
import { printable } from '../output/printable.js'
import { A_RUN } from '../run-argument.js'

interface PredictFlags {
  readonly logLikelihood?: true
  readonly predictive?: true
  readonly draws?: number
  readonly space?: number
  readonly trustRun?: true
  readonly json?: true
}

const INTERRUPTED = 130

const TEXT: Readonly<Record<PredictionKind, string>> = { logLikelihood: 'log likelihood of each row', predictive: 'simulated data' }

/** `chorale predict`: what exports and checks need of every row, computed by the model of the run. */
export function addPredictCommand(program: Command, context: CommandContext): void {
  program
    .command('predict')
    .argument('<run>', A_RUN)
    .summary('log likelihood and simulated data of each row')
    .description(
      'compute the log likelihood of each row, and simulated data, at draws of the posterior, for exports; runs the code of the run',
    )
    .option('--log-likelihood', 'only the log likelihood of each row, for LOO')
    .option('--predictive', 'only data simulated from the model, for posterior predictive checks')
    .option('--draws <number>', 'at so many draws, evenly spaced; default: output.predictionDraws, or all', wholeNumber)
    .option('--space <size>', 'what either may take on the disk, as in 8GB; default: output.predictionSpace, or 4GB', size)
    .option('--trust-run', "load the run's code although others can write it")
    .option('--json', 'print JSON')
    .action(async (run: string, { logLikelihood, predictive, json, ...flags }: PredictFlags) => {
      const [{ open, predictRun }, { runFolder }] = await Promise.all([import('@chorale/core/results'), import('../run-folder.js')])
      const path = await runFolder(run)
      const asked: readonly PredictionKind[] = [
        ...(logLikelihood ? ['logLikelihood' as const] : []),
        ...(predictive ? ['predictive' as const] : []),
      ]
      // Whoever asks again ought to know what was in the way before.
      for (const { kind, why } of (await open(path)).summary?.predictions ?? [])
        if (why !== undefined) process.stderr.write(`no ${TEXT[kind]} when the run ended: ${printable(why)}\n`)
      const stop = new AbortController()
      const interrupt = (): void => stop.abort('stop')
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
      try {
        const recorded = await predictRun(path, { ...flags, ...(asked.length > 0 ? { kinds: asked } : {}), signal: stop.signal })
        if (json) return printJson(recorded)
        for (const { kind, draws, rows, why } of recorded) {
          if (why === undefined) process.stdout.write(`${TEXT[kind]}: ${counted(draws, 'draw')} of ${counted(rows, 'row')}\n`)
          else process.stderr.write(`no ${TEXT[kind]}: ${printable(why)}\n`)
        }
      } catch (error) {
        if (!stop.signal.aborted) throw error
        process.stderr.write('Stopped: what was not finished is not kept.\n')
        context.exit(INTERRUPTED)
      } finally {
        process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
      }
    })
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number, 1 or more.')
  return value
}

function size(text: string): number {
  const bytes = parseSize(text)
  if (bytes === undefined) throw new InvalidArgumentError('It must be a size, as in 8GB or 500MB.')
  return bytes
}
