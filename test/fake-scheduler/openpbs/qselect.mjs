import { readOptions } from '../arguments.mjs'
import { hasEnded, isKnown, rowsOf } from '../pbs/rows.mjs'

/** Ids, one a line: of jobs and arrays, with -T also of elements, with -x also of ended ones. */
export function main(argv, { state, switches }) {
  const call = readOptions(argv, 'a:A:c:h:HJl:N:p:P:q:r:s:t:Tu:x')
  if (call.wrong)
    return {
      code: 2,
      stderr:
        'usage: qselect [-a [op]date_time] [-A account_string] [-H] [-J] [-N name] [-q destination] [-s states] [-T] [-u user_name] [-x]\n',
    }
  const on = Object.fromEntries(call.options)
  if (on.x && !switches.history) return { stderr: 'qselect: PBS is not configured to maintain job history\n' }
  const jobs = state
    .jobs()
    .filter(job => isKnown(state, switches, job) && (on.x || !hasEnded(job)))
    .filter(job => on.N === undefined || job.name === on.N)
    .filter(job => on.u === undefined || job.owner.startsWith(`${on.u}@`))
    .filter(job => on.q === undefined || job.queue === on.q)
  const rows = jobs.flatMap(job => rowsOf(job, on.T)).filter(({ letter }) => on.s === undefined || on.s.includes(letter))
  return { stdout: rows.map(({ id }) => `${id}\n`).join('') }
}
