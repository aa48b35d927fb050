import { distort } from '../faults.mjs'
import { readLongOptions } from './long-options.mjs'
import { rowsOf } from './rows.mjs'

const FLAGS = ['me', 'noheader', 'array']
/** Letters of -o. */
const LETTERS = {
  i: 'id',
  A: 'JobID',
  F: 'ArrayJobID',
  K: 'ArrayTaskID',
  T: 'State',
  j: 'Name',
  P: 'Partition',
  u: 'UserName',
  r: 'Reason',
  N: 'NodeList',
}

export function main(argv, { state, switches, fault }) {
  const { options } = readLongOptions(argv, { query: true, flags: FLAGS })
  const all = options.states === 'all'
  const rows = rowsOf(state, switches, { all, expand: options.array === true || options.r === true })
  const ids = options.jobs?.split(',')
  const matches = row => !ids || ids.some(id => id === row.ArrayJobID || id === row.JobID || id === row.id)
  const known = rowsOf(state, switches, { all: true, expand: true })
  if (ids?.length === 1 && !known.some(matches)) return { code: 1, stderr: 'slurm_load_jobs error: Invalid job id specified\n' }
  const names = options.name?.split(',')
  const chosen = rows.filter(matches).filter(({ Name }) => !names || names.includes(Name))
  const distorted = distort(fault, chosen).map(row => (row.letter === undefined ? row : { ...row, State: row.letter }))
  const line = options.Format ? columns(options.Format) : pattern(typeof options.o === 'string' ? options.o : '%i %P %j %u %T %N')
  const heading = options.noheader || options.h ? '' : 'JOBID PARTITION NAME USER STATE NODELIST(REASON)\n'
  return { stdout: heading + distorted.map(row => `${line(row)}\n`).join('') }
}

/** `ArrayJobID:|,State:|`: each followed by what stands behind its colon. */
function columns(format) {
  const fields = format.split(',').map(field => /^(\w+):?\.?(\d*)(.*)$/s.exec(field))
  return row => fields.map(([, name, , suffix]) => `${row[name] ?? ''}${suffix}`).join('')
}

const pattern = text => row => text.replace(/%\.?\d*([A-Za-z])/g, (_, letter) => row[LETTERS[letter]] ?? '')
