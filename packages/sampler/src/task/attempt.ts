import { hostname } from 'node:os'
import {
  isTaskError,
  isTaskStoppedError,
  TaskError,
  type FileRecord,
  type Task,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'code' in error && 'syscall' in error

/** Makes a failure of the file system a `TaskError` CHORALE_ATTEMPT_NOT_WRITTEN; everything else passes through. */
function attemptFailure(error: unknown, directory: string): unknown {
  if (isTaskError(error) || isTaskStoppedError(error) || !isSystemError(error)) return error
  const message =
    `The files of the attempt could not be written: ${error.message}\n  looked in      ${directory}\n` +
    `  fix            check free space, quota and permissions of the run directory`
  return new TaskError({ cause: 'environment', code: 'CHORALE_ATTEMPT_NOT_WRITTEN', message, retryable: true }, { cause: error })
}

/** Runs the body of an attempt and makes its result of the files that it wrote. */
export async function runAttempt(
  task: Task,
  directory: string,
  hooks: TaskHooks,
  body: () => Promise<readonly FileRecord[]>,
): Promise<TaskResult> {
  const began = performance.now()
  try {
    const files = await body()
    return { format: 1, task: task.id, attempt: hooks.attempt, files, seconds: (performance.now() - began) / 1000, node: hostname() }
  } catch (error) {
    throw attemptFailure(error, directory)
  }
}
