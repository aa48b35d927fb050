import { ask } from '../requests.mjs'
import { readLongOptions } from './long-options.mjs'
import { rowsOf } from './rows.mjs'

export function main(argv, { state, switches }) {
  const { operands } = readLongOptions(argv, { query: true, flags: ['quiet', 'full'] })
  const rows = rowsOf(state, switches, { all: true, expand: true })
  let stderr = ''
  for (const id of operands.flatMap(text => text.split(','))) {
    const found = rows.filter(row => row.ArrayJobID === id || row.JobID === id || row.id === id)
    if (found.length === 0) stderr += `scancel: error: Kill job error on job id ${id}: Invalid job id specified\n`
    else if (found.every(({ ended }) => ended))
      stderr += `scancel: error: Kill job error on job id ${id}: Job/step already completing or completed\n`
    for (const { ended, ArrayJobID, ArrayTaskID } of found) {
      if (!ended)
        ask(
          state,
          { seq: Number(ArrayJobID) },
          { type: 'delete', by: '0', ...(ArrayTaskID === 'N/A' ? {} : { index: Number(ArrayTaskID) }) },
        )
    }
  }
  return { code: stderr === '' ? 0 : 1, stderr }
}
