import { createHash } from 'node:crypto'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DRAWS_FILE, type Task, type TaskEvent } from '@chorale/core/contracts'
import { demand, pause } from '../check.js'
import { isFinal, type FinalEvent, type ObservedRun } from './observed-run.js'
import type { BackendTrial } from './trial.js'

export type CompletedEvent = Extract<TaskEvent, { type: 'completed' }>

export const completedOf = ({ events }: ObservedRun): readonly CompletedEvent[] =>
  events.filter((event): event is CompletedEvent => event.type === 'completed')

/** How a task ended; undefined as long as nothing says so. */
export const endingOf = ({ events }: ObservedRun, { id }: Pick<Task, 'id'>): FinalEvent | undefined =>
  events.filter(isFinal).find(({ task }) => task === id)

function described(ending: FinalEvent | undefined): string {
  if (!ending) return 'has no final event'
  return ending.type === 'failed' ? `failed (${ending.failure.cause}: ${ending.failure.message})` : ending.type
}

/** Every one of the tasks ended in one of these ways. */
export function demandEndings(run: ObservedRun, tasks: readonly Task[], ...kinds: readonly FinalEvent['type'][]): void {
  const wrong = tasks.filter(task => !kinds.some(kind => kind === endingOf(run, task)?.type))
  demand(wrong.length === 0, () => wrong.map(task => `${task.id} ${described(endingOf(run, task))}`).join('; '))
}

/** The task failed, and with this cause. */
export function demandFailure(run: ObservedRun, task: Task, cause: string): void {
  const ending = endingOf(run, task)
  const found = ending?.type === 'failed' ? ending.failure.cause : undefined
  demand(found === cause, () => `${task.id} ${described(ending)}; it must fail with the cause "${cause}"`)
}

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Task -> digest of the draws that lie where its result says, of those that completed. */
export async function drawsOf(run: ObservedRun): Promise<ReadonlyMap<string, string>> {
  const entries = completedOf(run).map(async ({ task, result }) => {
    const content = await readFile(join(run.attemptDirectory(task, result.attempt), DRAWS_FILE)).catch(() => undefined)
    return [task, content === undefined ? `no ${DRAWS_FILE}` : sha256(content)] as const
  })
  return new Map(await Promise.all(entries))
}

interface DrawnRun extends ObservedRun {
  readonly draws: ReadonlyMap<string, string>
}

/** The run completed all its tasks, with the same draws as another. */
export function demandSameDraws(run: DrawnRun, reference: DrawnRun, what: string): void {
  demandEndings(run, run.tasks, 'completed')
  for (const { id } of run.tasks) demand(run.draws.get(id) === reference.draws.get(id), `the draws of ${id} ${what}`)
}

/** Bytes under a directory: grows as long as some process samples. */
export async function bytesUnder(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => [])
  const sizes = entries
    .filter(entry => entry.isFile())
    .map(entry =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

const GLANCE_MS = 20
/** Two looks at the run directory this far apart tell whether anybody still writes draws. */
const LOOK_MS = 500

/** Whether a task runs: in this process, or as far as the run directory shows. */
export const isSampling = async ({ inFlight, context }: ObservedRun, emptyBytes: number): Promise<boolean> =>
  inFlight.now > 0 || (await bytesUnder(context.runDirectory)) > emptyBytes

/** Resolves when draws are being written, or when the run has ended without. */
export async function samplingBegins(run: ObservedRun, emptyBytes: number, ended: Promise<unknown>): Promise<void> {
  let over = false
  void ended.finally(() => (over = true)).catch(() => undefined)
  while (!over && !(await isSampling(run, emptyBytes))) await pause(GLANCE_MS)
}

/** Resolves when nobody runs a task or writes any more. What runs in this process has ended with its `runTask`; elsewhere only the files tell. */
export async function samplingEnds(run: ObservedRun): Promise<void> {
  while (run.inFlight.now > 0) await pause(GLANCE_MS)
  if (run.inFlight.starts > 0) return
  while (await keepsWriting(run)) await pause(GLANCE_MS)
}

/** Whether the files under the run directory grow. */
export async function keepsWriting({ context: { runDirectory } }: ObservedRun): Promise<boolean> {
  const before = await bytesUnder(runDirectory)
  await pause(LOOK_MS)
  return (await bytesUnder(runDirectory)) !== before
}

/** Whether tasks write. What a queue holds may still be waiting there: it has as long as a first task may take to start. */
export async function goesOn(run: ObservedRun, { capabilities: { interactive }, startSeconds }: BackendTrial): Promise<boolean> {
  const until = performance.now() + (interactive ? 0 : 1000 * startSeconds)
  for (;;) {
    if (await keepsWriting(run)) return true
    if (performance.now() > until) return false
  }
}
