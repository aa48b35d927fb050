/** A job of no task, to see whether the site takes jobs, and whether nodes have what tasks need. */
import { access, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnosis } from '../../contracts/backend.js'
import type { JobView, JobRequest } from '../../contracts/scheduler.js'
import { makeDirectory } from '../../run-directory/atomic-file.js'
import type { BatchSettings } from '../batch-settings.js'
import type { Commander } from '../commander.js'
import { jobLog, outputFolder, JOB_EXIT } from '../job-files.js'
import { lastLinesOf } from '../watching/job-output.js'
import { environmentText, jobScript, shellWord } from '../submission/job-script.js'
import { diagnoseNode, NODE_CHECK, type NodeReport } from './node-check.js'
import { look } from '../watching/poller.js'
import { requireTaken } from '../submission/refusal.js'
import { removeJobs } from '../removal.js'
import { submissionText } from '../submission/submission-text.js'
import { resultLatencyMs } from '../watching/tracked-task.js'
import { newJobName } from '../submission/submitter.js'

/** `held`: submitted so that it cannot start, and removed again. `run`: a job of seconds that looks around on a node. */
export type TrialJob = 'held' | 'run'

/** What a job of seconds asks for, where the settings do not ask for less. */
const [WALLTIME_SECONDS, MEMORY_BYTES] = [300, 1024 * 1024 * 1024]
/** How long it may wait for a node, and how often it is looked at. */
const [PATIENCE_MS, LOOK_MS, POLL_MS] = [300_000, 1_000, 10_000]

interface Submitted {
  readonly folder: string
  readonly name: string
  readonly job: string
}

/** Submits a job from a folder of its own in the folder of the runs, and leaves neither. Never rejects for what the scheduler says. */
export async function tryJob(how: TrialJob, root: string, commander: Commander, settings: BatchSettings): Promise<readonly Diagnosis[]> {
  const { adapter } = commander
  const what = how === 'held' ? 'a held job' : 'a job of seconds'
  const isNew = await access(root).then(
    () => false,
    () => true,
  )
  await makeDirectory(root)
  const folder = await mkdtemp(join(root, '.doctor-'))
  try {
    const answer = await submit(how, folder, commander, settings)
    if ('level' in answer) return [{ what, ...answer }]
    const found = how === 'run' ? await watch(answer, commander, settings) : []
    const left = await removeJobs(commander, [{ job: answer.job }])
    const taken: Diagnosis =
      left.length === 0
        ? {
            what,
            level: 'ok',
            found: `${adapter.scheduler} took the job ${answer.job}, ${how === 'held' ? 'and removed it' : 'and it is gone'}`,
          }
        : {
            what,
            level: 'warning',
            found: `${adapter.scheduler} took the job ${answer.job}, and still has it after it was asked to remove it`,
            change: `try ${adapter
              .remove(left, await commander.facts())[0]!
              .map(shellWord)
              .join(' ')}`,
          }
    return [taken, ...found]
  } finally {
    await rm(folder, { recursive: true, force: true })
    if (isNew) await rmdir(root).catch(() => undefined)
  }
}

/** As tasks are submitted; a job that is to run asks for little, so that it need not wait for long. */
async function submit(
  how: TrialJob,
  folder: string,
  commander: Commander,
  settings: BatchSettings,
): Promise<Submitted | Omit<Diagnosis, 'what'>> {
  const { adapter } = commander
  const facts = await commander.facts()
  const name = newJobName()
  const output = outputFolder(folder)
  await makeDirectory(output)
  const { queue, account, project, cpus } = settings
  const isHeld = how === 'held'
  const walltime = isHeld ? settings.walltime : Math.min(settings.walltime ?? Infinity, WALLTIME_SECONDS)
  const memory = isHeld ? settings.memory : Math.min(settings.memory ?? Infinity, MEMORY_BYTES)
  const script = join(folder, 'job.sh')
  const request: JobRequest = {
    name,
    script,
    output,
    cpus,
    ...(queue === undefined ? {} : { queue }),
    ...(account === undefined ? {} : { account }),
    ...(project === undefined ? {} : { project }),
    ...(walltime === undefined ? {} : { walltimeSeconds: walltime }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(isHeld ? { held: true } : {}),
  }
  requireTaken(adapter.check?.(request, facts) ?? [])
  const entry = join(folder, 'check.mjs')
  await writeFile(entry, NODE_CHECK)
  const environment = join(folder, 'job.env')
  await writeFile(environment, environmentText(settings.env), { mode: 0o600 })
  const variables = adapter.variables(facts)
  const common = {
    settings,
    directivePrefix: adapter.directivePrefix,
    variables,
    array: false,
    run: folder,
    runId: 'doctor',
    submission: 0,
  }
  await writeFile(script, jobScript({ ...common, name, entry, output, environment, umask: '077' }), { mode: 0o700 })
  const answer = adapter.readSubmission(await commander.submit(request, facts), facts)
  if (answer.kind === 'accepted') return { folder, name, job: answer.job }
  const change = answer.kind === 'refused' ? answer.fix : undefined
  const shown = submissionText(adapter, adapter.submission(request, facts), script)
  if (answer.kind === 'unclear') await removeLost(name, commander)
  return {
    level: 'problem',
    found: `${adapter.scheduler} ${answer.kind === 'refused' ? 'refused it' : 'gave no clear answer'}: ${answer.words}`,
    change: change ?? `see what it complains about in the settings under backend; the command was: ${shown}`,
  }
}

/** A job whose submission was not answered may be there all the same. */
async function removeLost(name: string, commander: Commander): Promise<void> {
  const facts = await commander.facts()
  const { jobs = [] } = commander.adapter.readFind(await commander.askAll(commander.adapter.find(name, facts)), name, facts)
  await removeJobs(commander, jobs)
}

/** Until the job has written what it found, or has ended, or has waited for long enough. */
async function watch({ folder, name, job }: Submitted, commander: Commander, settings: BatchSettings): Promise<readonly Diagnosis[]> {
  const { clock, adapter } = commander
  const what = 'the node'
  const began = clock.monotonic()
  let polled = began
  let view: JobView | undefined
  for (;;) {
    const report = await readReport(folder)
    if (report) return diagnoseNode(report, clock.wall())
    const now = clock.monotonic()
    if (view?.state === 'ended' && now - polled > resultLatencyMs(view.end, 1000 * settings.fileLatency))
      return [{ what, level: 'problem', ...(await ended(view, folder, name)) }]
    if (now - began > PATIENCE_MS && view?.state !== 'ended') break
    if (view?.state !== 'ended' && now - polled >= POLL_MS) {
      const live = await look(commander, 'live', [{ job }])
      const gone = live.complete && !live.views.some(({ state }) => state !== 'ended')
      view = gone ? ((await look(commander, 'ends', [{ job }])).views[0] ?? { job, state: 'ended', word: 'gone' }) : live.views[0]
      polled = now
    }
    await clock.sleep(LOOK_MS)
  }
  const why = view?.reason ?? view?.word ?? 'no reason is given'
  const waited = `the job ${job} did not begin within ${PATIENCE_MS / 60_000} minutes (${adapter.scheduler}: ${why})`
  return [{ what, level: 'warning', found: waited, change: 'try again when the queue is shorter, or name another one: backend.queue' }]
}

/** What a job that left no word says by its end. */
async function ended({ end }: JobView, folder: string, name: string): Promise<Omit<Diagnosis, 'what' | 'level'>> {
  const printed = await lastLinesOf(folder, name, 0)
  const words = [...(end ? [end.words] : []), ...printed.slice(-3)].join('; ')
  if (end?.exitCode === JOB_EXIT.noNode)
    return {
      found: `it has no Node: ${words}`,
      change: 'set backend.node to a path that the nodes have, or load a module: backend.modules',
    }
  if (end?.exitCode === JOB_EXIT.environment || printed.length === 0) {
    const change = 'choose a folder that the nodes see: output.directory; and modules that they have: backend.modules'
    return { found: `the job ended and left nothing in ${folder}: ${words === '' ? 'the node may not see that folder' : words}`, change }
  }
  return { found: `the job ended and left no result: ${words}`, change: `try the script by hand; it printed to ${jobLog(folder, name, 0)}` }
}

async function readReport(folder: string): Promise<NodeReport | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as NodeReport
  } catch {
    return undefined
  }
}
