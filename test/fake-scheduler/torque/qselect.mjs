import { readOptions } from '../arguments.mjs'
import { isKnown, rowsOf } from '../pbs/rows.mjs'
import { letterOf } from './attributes.mjs'

/** Ids, one a line. Arrays are listed by their elements, which are found by the names of these only: `name-3`. */
export function main(argv, { state, switches }) {
  const call = readOptions(argv, 'a:A:c:eh:l:N:p:q:r:s:u:')
  if (call.wrong)
    return {
      code: 2,
      stderr: 'usage: qselect [-a [op]date_time] [-A account_string] [-e] [-N name] [-q destination] [-s states] [-u user_name]\n',
    }
  const on = Object.fromEntries(call.options)
  const rows = state
    .jobs()
    .filter(job => isKnown(state, { ...switches, history: true }, job))
    .flatMap(job =>
      job.array
        ? rowsOf(job, true)
            .slice(1)
            .map(row => ({ ...row, name: `${job.name}-${row.element.index}` }))
        : rowsOf(job, false),
    )
    .filter(({ name }) => on.N === undefined || name === on.N)
    .filter(({ job }) => on.u === undefined || job.owner.startsWith(`${on.u}@`))
    .filter(({ job }) => on.q === undefined || job.queue === on.q)
    .filter(row => on.s === undefined || on.s.includes(letterOf(row)))
  return { stdout: rows.map(({ id }) => `${id}\n`).join('') }
}
