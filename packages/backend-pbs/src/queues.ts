import type { CommandAnswer, CommandLine, QueueLimits, ServerFacts } from '@chorale/core/contracts'

import { bytesOf } from './bytes.js'
import { readText } from './read/text-records.js'
import { secondsOf } from './seconds.js'

/** Every queue with its attributes, in the form that both dialects print. */
export const queuesCommand: CommandLine = ['qstat', '-Q', '-f']

/**
 * What queues take: `enabled` (jobs are accepted), `started` (they are run), `resources_max` (of one job).
 * Source: pbs_queue_attributes(7B).
 */
export function readQueues({ code, stdout }: CommandAnswer, { details }: ServerFacts): readonly QueueLimits[] {
  if (code !== 0) return []
  return readText(`${stdout}\n`).records.map(({ id, attributes }) => {
    const maxWalltimeSeconds = secondsOf(attributes.get('resources_max.walltime'))
    const maxMemoryBytes = bytesOf(attributes.get('resources_max.mem'))
    return {
      name: id,
      isDefault: id === details?.defaultQueue,
      takesJobs: attributes.get('enabled') !== 'False',
      startsJobs: attributes.get('started') !== 'False',
      ...(maxWalltimeSeconds === undefined ? {} : { maxWalltimeSeconds }),
      ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
    }
  })
}
