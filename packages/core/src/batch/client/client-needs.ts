import type { Settings } from '../../settings/schema.js'
import { parseDuration, requireName } from '../batch-settings.js'

/** What the settings ask for of jobs that drive or combine a run, where that differs from the other jobs. */
export interface ClientNeeds {
  readonly queue?: string
  readonly account?: string
  readonly walltimeSeconds?: number
  /** Undefined: what combining is estimated to need. */
  readonly memoryBytes?: number
}

/** @throws ChoraleError `CHORALE_BATCH_OPTION_INVALID` for what is no name of a queue or an account */
export function clientNeeds({ jobQueue, jobAccount, jobWalltime, jobMemory }: Partial<Settings['output']>): ClientNeeds {
  if (jobQueue !== undefined) requireName('output.jobQueue', jobQueue)
  if (jobAccount !== undefined) requireName('output.jobAccount', jobAccount)
  const walltimeSeconds = typeof jobWalltime === 'string' ? parseDuration(jobWalltime) : jobWalltime
  return {
    ...(jobQueue === undefined ? {} : { queue: jobQueue }),
    ...(jobAccount === undefined ? {} : { account: jobAccount }),
    ...(walltimeSeconds === undefined ? {} : { walltimeSeconds }),
    ...(jobMemory === undefined ? {} : { memoryBytes: jobMemory }),
  }
}
