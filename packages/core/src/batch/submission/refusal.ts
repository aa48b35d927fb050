/** How a user is told that the scheduler, or its adapter, does not take what was asked for. */
import { basename, dirname } from 'node:path'
import { ChoraleError } from '../../contracts/error.js'
import type { JobRequest, SchedulerAdapter, ServerFacts } from '../../contracts/scheduler.js'
import type { Answer } from './submission-records.js'
import { submissionText } from './submission-text.js'

/** @throws ChoraleError `CHORALE_BATCH_OPTION_INVALID` when there is any problem */
export function requireTaken(problems: readonly { readonly setting: string; readonly problem: string }[]): void {
  const [first] = problems
  if (!first) return
  const said = problems.map(({ setting, problem }) => `backend.${setting}: ${problem}`).join('; ')
  throw new ChoraleError('CHORALE_BATCH_OPTION_INVALID', `The scheduler does not take these settings: ${said}.`, {
    askedBy: `backend.${first.setting}`,
    fix: `correct backend.${first.setting}`,
  })
}

/**
 * That a job which is to wait for others will: an adapter that was written before jobs could wait for several leaves them out.
 * @throws ChoraleError `CHORALE_BATCH_OPTION_INVALID`
 */
export function requireAwaits(adapter: SchedulerAdapter, { afterAll, ...request }: JobRequest, facts: ServerFacts): void {
  if (!afterAll) return
  const [waiting, otherwise] = [adapter.submission({ ...request, afterAll }, facts), adapter.submission(request, facts)]
  if (waiting.join('\0') !== otherwise.join('\0')) return
  throw new ChoraleError(
    'CHORALE_BATCH_OPTION_INVALID',
    `The adapter of ${adapter.scheduler} does not let a job wait for several others.`,
    {
      askedBy: 'output.combine: job',
      fix: 'set output.combine to driver; or ask for an adapter that reads `afterAll`',
    },
  )
}

/** The error of a submission that the scheduler refused. `script`: its path in the folder of the run. */
export function refused(
  answer: Answer & { readonly kind: 'refused' },
  adapter: SchedulerAdapter,
  script: string,
  command: readonly string[],
): ChoraleError {
  return new ChoraleError('CHORALE_SUBMISSION_REFUSED', `${adapter.scheduler} refused a job: ${answer.words}`, {
    askedBy: submissionText(adapter, command, script),
    lookedIn: script,
    fix: `${answer.fix ?? UNKNOWN_FIX}; then go on: chorale run --resume ${runOf(script)} --set ${settingOf(answer.fix)}=VALUE`,
  })
}

const UNKNOWN_FIX = 'look for what it complains about in the settings under backend; the script above can be submitted by hand to try'
const settingOf = (fix: string | undefined): string => /backend\.\w+/.exec(fix ?? '')?.[0] ?? 'backend.KEY'
const runOf = (script: string): string => basename(dirname(dirname(script)))
