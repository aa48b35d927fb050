import type { JobAddress, JobView } from '@chorale/core/contracts'

import { isArray } from './job-id.js'
import { stateOf } from './job-state.js'
import type { PbsRecord } from './read/pbs-record.js'

/** An array as a whole, and not one of its elements. */
export const isWhole = ({ job, index }: JobAddress): boolean => isArray(job) && index === undefined

/** What both dialects say of a job in the same words; `startsIn` is the attribute that counts its starts. */
export function viewOf({ attributes: of }: PbsRecord, address: JobAddress, startsIn: 'run_count' | 'start_count'): JobView {
  const letter = of.get('job_state') ?? '?'
  const name = of.get('Job_Name')
  const comment = of.get('comment')
  const runs = Number(of.get(startsIn))
  const node = of.get('exec_host')?.split('/')[0]
  return {
    ...address,
    state: stateOf(letter),
    word: letter,
    ...(name === undefined ? {} : { name }),
    ...(comment === undefined ? {} : { reason: comment }),
    ...(Number.isInteger(runs) && runs > 0 && !isWhole(address) ? { runs } : {}),
    ...(node === undefined ? {} : { node }),
  }
}
