import type { PlannedWork, PlanPreview } from '@chorale/core'

import { printJson } from './json.js'
import { labelled } from './labelled.js'
import { counted, formatBytes, formatCount, formatSeconds } from './number.js'

/** What a run is expected to take, in a line. */
export function expectationText(plan: PlannedWork): string {
  const { tasks, tasksAtOnce, usableWorkers, memory, diskBytes, seconds, detachable } = plan
  const atOnce = formatCount(tasksAtOnce)
  return [
    `${counted(tasks, 'task')}, ${detachable ? `at most ${atOnce} at a time` : `${atOnce} at a time (${counted(usableWorkers, 'core')})`}`,
    ...(plan.shards === 1 ? [] : [`${rowsText(plan)} a shard`]),
    `memory at most ${formatBytes(memory * 1e9)}`,
    `disk about ${formatBytes(diskBytes)}`,
    ...(seconds === null ? [] : [`${roughly(seconds)}${detachable ? ' once they run' : ''}`]),
  ].join(', ')
}

function rowsText({ rowsPerShard: { least, most } }: PlannedWork): string {
  return least === most ? counted(most, 'row') : `${formatCount(least)} to ${counted(most, 'row')}`
}

/** What a run would do, for people or programs. */
export function printPreview(plan: PlanPreview, { json, how }: { readonly json: boolean; readonly how: 'run' | 'detach' }): void {
  if (json) printJson(plan)
  else process.stdout.write(`${describePlan(plan, how)}${describeSubmissions(plan)}`)
}

/** The others differ in the names of jobs and tasks; `--json` has all. */
const SUBMISSIONS_SHOWN = 2

/** Commands and scripts as the scheduler would get them; names of jobs, and the run's folder (RUN), are made when it starts. */
export function describeSubmissions({ submissions = [], clientJob }: Pick<PlanPreview, 'submissions' | 'clientJob'>): string {
  const text = ({ command, scriptPath, script }: Shown, title: string): string =>
    `\n# ${title}\n$ ${command}\n# ${scriptPath}\n${script.trimEnd()}\n`
  const shown = submissions.slice(0, SUBMISSIONS_SHOWN).map(one => text(one, `${one.title}: ${counted(one.tasks.length, 'task')}`))
  const more = submissions.length - shown.length
  const others = more > 0 ? `\n# and ${counted(more, 'submission')} more of this kind (--json shows all)\n` : ''
  return `${shown.join('')}${others}${clientJob ? text(clientJob, clientJob.title) : ''}`
}

type Shown = NonNullable<PlanPreview['clientJob']>

const chainsText = ({ tasks, shards, chains }: PlanPreview): string =>
  shards === 1 ? counted(chains, 'chain') : `${formatCount(tasks)}: ${counted(chains, 'chain')} of each shard`

const roughly = (seconds: number): string => (seconds < 1 ? 'less than a second' : `very roughly ${formatSeconds(seconds)}`)

/** What a run would do, or one that is detached, for people. */
export function describePlan(plan: PlanPreview, how: 'run' | 'detach' = 'run'): string {
  const { rows, shards, iterations, dimension, sampler, combiner, tasksAtOnce, usableWorkers, memory } = plan
  return [
    labelled('Data', `${counted(rows, 'row')}, ${counted(dimension, 'dimension')}`),
    labelled('Shards', shards === 1 ? 'one, with all rows' : `${formatCount(shards)} of ${rowsText(plan)}, combined by ${combiner}`),
    labelled('Tasks', `${chainsText(plan)} by ${sampler}, ${counted(iterations, 'iteration')} each`),
    labelled('Backend', `${plan.backend} (${plan.backendReason})`),
    plan.detachable
      ? labelled('Jobs', `at most ${counted(tasksAtOnce, 'task')} at a time, as far as the queue lets them`)
      : labelled('Workers', `${counted(usableWorkers, 'core')} may be used; ${counted(tasksAtOnce, 'task')} at a time`),
    ...(plan.detachable && shards > 1 ? [labelled('Checked', checkedText(plan))] : []),
    labelled('Memory', `at most ${formatBytes(memory * 1e9)}`),
    labelled('Time', timeText(plan)),
    labelled('Disk', `about ${formatBytes(plan.diskBytes)} in ${plan.directory}${free(plan)}${ofPredictions(plan)}`),
    ...plan.warnings.map(({ code, message }) => labelled('Warning', `${code}: ${message}`)),
    ...(how === 'run'
      ? []
      : [
          labelled(
            'Detached',
            `the tasks would go to ${plan.backend}, and the command would end with exit code 4; ${plan.clientJob ? plan.clientJob.title : 'nobody combines until the next chorale attach, status --wait or combine'}`,
          ),
        ]),
    labelled('Nothing', `was sampled, and nothing written: chorale run${how === 'run' ? '' : ' --detach'} starts it`),
    '',
  ].join('\n')
}

/** The density of all rows is evaluated by whoever combines. */
const checkedText = ({ evaluations }: PlannedWork): string =>
  evaluations === 'queue'
    ? 'by jobs: each round of evaluations of all rows waits in the queue (verification.maxRounds)'
    : 'against all rows on the machine of the client that combines (combination.evaluate)'

const ofPredictions = ({ predictionBytes }: PlanPreview): string =>
  predictionBytes === undefined ? '' : `, ${formatBytes(predictionBytes)} of it for rows at draws of the posterior`

const free = ({ diskFree }: PlanPreview): string => (diskFree === null ? '' : ` (${formatBytes(diskFree)} free)`)

function timeText({ seconds, gradientSeconds, gradientsPerIteration, detachable }: PlanPreview): string {
  if (gradientSeconds === null) return 'cannot be told: no gradient could be timed'
  const gradient = `${duration(gradientSeconds)} a gradient`
  if (seconds === null || gradientsPerIteration === null) return `cannot be told: ${gradient}, but how many the sampler takes is not known`
  return `${roughly(seconds)} of sampling${detachable ? ', besides the time in the queue' : ''}: ${gradient}, ${formatCount(gradientsPerIteration)} gradients an iteration (easy posteriors take 7, hard ones hundreds)`
}

function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(1)} s`
  return seconds >= 1e-3 ? `${(1e3 * seconds).toFixed(1)} ms` : `${(1e6 * seconds).toFixed(1)} us`
}
