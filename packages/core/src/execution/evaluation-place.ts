import { ChoraleError, type LogDensityEvaluator } from '../contracts/index.js'
import type { ActiveRun } from './active-run.js'

/** Where the density of all rows is evaluated: by tasks on the backend, in a batch queue, by tasks on a backend of this machine, or in the driver itself. */
export type EvaluationPlace = 'backend' | 'queue' | 'machine' | 'driver'

/** `combination.evaluate: auto` never waits in a queue: this machine has the data. */
export function evaluationPlace({ backend, settings }: Pick<ActiveRun, 'backend' | 'settings'>): EvaluationPlace {
  const { evaluate } = settings.combination
  if (evaluate === 'driver') return 'driver'
  if (backend.getCapabilities().interactive) return 'backend'
  return evaluate === 'backend' ? 'queue' : 'machine'
}

/** How often the density may be asked for, each time at many positions, the last of them for the check: a batch queue holds back every round. */
export const evaluationRounds = (run: ActiveRun): number =>
  evaluationPlace(run) === 'queue' ? run.settings.verification.maxRounds : Infinity

/** The run on a backend that answers within seconds, or on its own where that was asked for; undefined where no backend of this machine is installed. */
export async function answeringRun(run: ActiveRun): Promise<ActiveRun | undefined> {
  return evaluationPlace(run) === 'machine' ? run.onThisMachine() : run
}

/** The same, for so many rounds. */
export function withinRounds(evaluator: LogDensityEvaluator, rounds: number): LogDensityEvaluator {
  if (rounds === Infinity) return evaluator
  let left = rounds
  const count = (): void => {
    if (left-- > 0) return
    throw new ChoraleError(
      'CHORALE_COMBINE_BUDGET',
      `The density may be asked for ${rounds} times beside the check, and more are needed.`,
      {
        askedBy: 'verification.maxRounds',
        fix: 'raise verification.maxRounds, each round being a submission; or combination.evaluate: auto, which asks on this machine',
      },
    )
  }
  return {
    budget: evaluator.budget,
    async evaluate(positions, options) {
      count()
      return evaluator.evaluate(positions, options)
    },
    async gradients(positions, options) {
      count()
      return evaluator.gradients(positions, options)
    },
  }
}
