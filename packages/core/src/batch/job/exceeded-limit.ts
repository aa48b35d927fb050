import type { TaskFailure } from '../../contracts/task.js'
import type { JobLimits } from '../job-files.js'

/** What is known of a running task; times in milliseconds. */
export interface TaskVitals {
  readonly elapsed: number
  /** Since its last sign of life; undefined before the first. */
  readonly silent: number | undefined
  readonly silenceLimit: number
  /** Of its process. */
  readonly residentBytes: number
}

const MB = 1024 * 1024

/** The limit that a task exceeds, if any. Its job ends it and says why, on every scheduler alike. */
export function exceededLimit(task: string, limits: JobLimits, vitals: TaskVitals): TaskFailure | undefined {
  const { elapsed, silent, silenceLimit, residentBytes } = vitals
  const { taskSeconds, memoryBytes } = limits
  if (memoryBytes !== null && residentBytes > memoryBytes) {
    const sizes = `${Math.ceil(residentBytes / MB)} MiB where its job asked for ${Math.ceil(memoryBytes / MB)} MiB`
    return {
      cause: 'memory',
      code: 'CHORALE_JOB_MEMORY',
      message: `task ${task} needed ${sizes} (backend.memoryPerJob)`,
      retryable: true,
    }
  }
  if (taskSeconds !== null && elapsed > 1000 * taskSeconds) {
    const message = `task ${task} ran longer than ${taskSeconds} s (setting timeout.task)`
    return { cause: 'timeout', code: 'CHORALE_TASK_TIMEOUT', message, retryable: true }
  }
  if (silent !== undefined && silent > silenceLimit) {
    const message = `task ${task} gave no sign of life for ${Math.round(silenceLimit / 100) / 10} s (setting timeout.heartbeat)`
    return { cause: 'lost', code: 'CHORALE_TASK_LOST', message, retryable: true }
  }
  return undefined
}
