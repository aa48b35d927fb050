import type { SubmittedJob } from '@chorale/core/records'

import { counted } from './number.js'

const SHOWN = 5

/** `job 11 (8 jobs), continued by 16, 17`: how the scheduler names the jobs of a run, for its own commands. */
export function submittedText(submitted: readonly SubmittedJob[]): string {
  const first = submitted.filter(({ after }) => after === null)
  const later = submitted.filter(({ after }) => after !== null)
  const named = first.slice(0, SHOWN).map(({ job, jobs, tasks }) => {
    const size = jobs > 1 ? `array of ${counted(jobs, 'job')}` : tasks > 1 ? counted(tasks, 'task') : ''
    return size === '' ? job : `${job} (${size})`
  })
  const text = `${first.length === 1 ? 'job' : 'jobs'} ${listed(named, first.length)}`
  const copies = later.map(({ job }) => job).slice(0, SHOWN)
  return later.length === 0 ? text : `${text}, continued by ${listed(copies, later.length)}`
}

const listed = (names: readonly string[], all: number): string =>
  all > names.length ? `${names.join(', ')} and ${all - names.length} more` : names.join(', ')
