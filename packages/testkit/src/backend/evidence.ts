import { readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import type { FileRecord } from '@chorale/core/contracts'
import { shared } from '../clause.js'
import { faultOf } from './faults.js'
import { createBackend, observe, ranToEnd, runToEnd, type ObservedRun } from './observed-run.js'
import { completedOf, drawsOf, sha256 } from './outcomes.js'
import type { BackendTrial } from './trial.js'

/** The tasks of most checks. */
export const FEW = { shards: 2, chains: 2, length: 'short' } as const
/** Of `FEW`, the one that something is wrong with, where something is. */
export const BROKEN_SHARD = 1
export const ATTEMPTS = 2

/** A run to its end, and what it left behind: its folder is gone. */
export interface FinishedRun extends ObservedRun {
  /** Task -> digest of its draws, of those that completed. */
  readonly draws: ReadonlyMap<string, string>
  /** What is wrong with files that results name. */
  readonly fileProblems: readonly string[]
  /** Whether the list of tasks, or a task in it, is not as it was. */
  readonly tasksChanged: boolean
}

async function fileProblem(directory: string, { path, bytes, digest }: FileRecord): Promise<string | undefined> {
  if (isAbsolute(path) || normalize(path).startsWith('..')) return `${path} is not below the attempt's directory`
  const content = await readFile(join(directory, path)).catch(() => undefined)
  if (!content) return `${path} does not exist`
  if (content.length !== bytes) return `${path} has ${content.length} bytes, the result says ${bytes}`
  return sha256(content) === digest ? undefined : `the SHA-256 of ${path} is not the one in the result`
}

async function fileProblemsOf(run: ObservedRun): Promise<readonly string[]> {
  const problems = completedOf(run).map(async ({ task, result: { attempt, files } }) => {
    if (files.length === 0) return [`the result of ${task} names no file`]
    const found = await Promise.all(files.map(file => fileProblem(run.attemptDirectory(task, attempt), file)))
    return found.filter(problem => problem !== undefined).map(problem => `${task}: ${problem}`)
  })
  return (await Promise.all(problems)).flat()
}

/** A run in which nothing happens. */
export const usualRun = shared(async (trial: BackendTrial, scope): Promise<FinishedRun> => {
  const run = await observe(trial, scope, FEW)
  const before = JSON.stringify(run.tasks)
  await runToEnd(await createBackend(trial, scope), run)
  const [draws, fileProblems] = [await drawsOf(run), await fileProblemsOf(run)]
  return { ...run, draws, fileProblems, tasksChanged: JSON.stringify(run.tasks) !== before }
})

/** A run in which the model of one shard throws. */
export const throwingRun = shared((trial: BackendTrial, scope) => ranToEnd(trial, scope, { ...FEW, throwingShard: BROKEN_SHARD }))

/** A run in which the tasks of one shard are lost once each, in the middle. */
export const losingRun = shared(async (trial: BackendTrial, scope) => {
  const given = new Map<string, number[]>()
  const run = await ranToEnd(trial, scope, FEW, {
    limits: { attempts: ATTEMPTS },
    fault: faultOf('exits', BROKEN_SHARD, 1),
    beforeTask: ({ id }, { attempt }) => void given.set(id, [...(given.get(id) ?? []), attempt]),
  })
  /** `given`: task -> the attempts that `runTask` of this process was given. */
  return { ...run, draws: await drawsOf(run), given }
})
