import type { CommandAnswer, CommandLine, QueueLimits, ServerFacts } from '@chorale/core/contracts'

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

const UNITS = ['b', 'kb', 'mb', 'gb', 'tb', 'pb']

/** Bytes of `4gb`, units being powers of 1024; undefined for anything else. Source: pbs_resources(7B), size. */
function bytesOf(text: string | undefined): number | undefined {
  const [, number, unit = 'b'] = /^(\d+)([kmgtp]?b)?$/i.exec(text ?? '') ?? []
  if (number === undefined) return undefined
  return Array.from({ length: UNITS.indexOf(unit.toLowerCase()) }).reduce<number>(bytes => 1024 * bytes, Number(number))
}
