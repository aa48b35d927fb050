/** What a throw inside a task means, for the lifecycle and for the user. */
import { isChoraleError } from '../contracts/error.js'
import { isTaskError, TaskError, type TaskFailure } from '../contracts/task.js'
import { isFull, isReadOnly, systemErrorCode, toWriteError } from '../run-directory/write-error.js'

/** Codes of ours whose cause is not the environment. */
const CAUSES: Readonly<Record<string, TaskFailure['cause']>> = {
  CHORALE_DISK_FULL: 'limit',
  CHORALE_RESULT_DAMAGED: 'result',
  CHORALE_DATA_COLUMN_UNKNOWN: 'model',
  CHORALE_MODEL_INVALID: 'model',
  CHORALE_MODEL_THREW: 'model',
}

export const taskError = (cause: TaskFailure['cause'], code: string, message: string, source?: unknown): TaskError =>
  new TaskError({ cause, code, message, retryable: false }, source === undefined ? undefined : { cause: source })

/**
 * A `TaskError` as it is; our coded errors and the file system's by their code; memory that could not be allocated; anything else was thrown by the
 * model. Only a file system that failed for another reason than space or permission is worth another attempt.
 */
export function toTaskError(error: unknown, directory: string): TaskError {
  if (isTaskError(error)) return error
  const coded = isFull(error) || isReadOnly(error) ? toWriteError(error, directory) : error
  if (isChoraleError(coded)) return taskError(CAUSES[coded.code] ?? 'environment', coded.code, coded.message, error)
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RangeError && /allocation failed|Invalid (typed )?array (buffer )?length/i.test(message)) {
    return taskError('memory', 'CHORALE_TASK_MEMORY', `memory could not be allocated: ${message}`, error)
  }
  if (systemErrorCode(error) !== undefined && (error as NodeJS.ErrnoException).syscall !== undefined) {
    return new TaskError({ cause: 'node', code: 'CHORALE_FILE_SYSTEM', message, retryable: true }, { cause: error })
  }
  return taskError('model', 'CHORALE_MODEL_THREW', `the model threw: ${message}`, error)
}
