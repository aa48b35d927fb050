import type { SchedulerAdapter } from '@chorale/core/contracts'
import { clausesOf, tryClauses, type Clause } from '../clause.js'
import type { CheckReport } from '../report.js'
import { damagedAnswerChecks } from './damaged-answers.js'
import { findingAndRemovingChecks } from './finding-and-removing.js'
import { hostileChecks } from './hostile.js'
import { lookingChecks } from './looking.js'
import { purityChecks } from './purity.js'
import type { SchedulerRecordings } from './recordings.js'
import { shapeChecks } from './shape.js'
import { submissionAnswerChecks } from './submission-answers.js'
import { submittingChecks } from './submitting.js'

const checks = [
  ...shapeChecks,
  ...purityChecks,
  ...submittingChecks,
  ...hostileChecks,
  ...submissionAnswerChecks,
  ...lookingChecks,
  ...damagedAnswerChecks,
  ...findingAndRemovingChecks,
]

export interface SchedulerContractOptions {
  /** How long one clause may take. Default 10. */
  readonly clauseSeconds?: number
}

/**
 * The contract of an adapter for a batch scheduler, clause by clause: commands that are safe whatever names and paths are in them, and answers that are read for
 * what they say, cut, garbled or missing. No scheduler is needed: `recordings` are what it answers. One clause is skipped where the recordings declare `looksAt:
 * 'user'`.
 *
 * How the backend made from the adapter runs jobs is the contract of backends, which needs a scheduler, or something that acts like one.
 */
export const schedulerContract = (
  adapter: SchedulerAdapter,
  recordings: SchedulerRecordings,
  { clauseSeconds = 10 }: SchedulerContractOptions = {},
): readonly Clause[] => clausesOf(checks, { adapter, recordings }, clauseSeconds)

/** Tries the whole contract of an adapter. Never rejects. */
export async function checkScheduler(
  adapter: SchedulerAdapter,
  recordings: SchedulerRecordings,
  options: SchedulerContractOptions = {},
): Promise<CheckReport> {
  return { subject: `scheduler "${adapter.scheduler}"`, checks: await tryClauses(schedulerContract(adapter, recordings, options)) }
}
