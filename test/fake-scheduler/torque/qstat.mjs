import { readOptions } from '../arguments.mjs'
import { distort } from '../faults.mjs'
import { asText, asXml } from '../pbs/print.mjs'
import { cell, elementRow, hasEnded, isKnown, readId, rowsOf, wholeRow } from '../pbs/rows.mjs'
import { clock } from '../times.mjs'
import { attributesOf, inSeconds, inWords, letterOf } from './attributes.mjs'
import { describeQueues, describeServer } from './server.mjs'

const USAGE = `usage: qstat [-C] [-f [-1]] [-l] [-W site_specific] [-x] [ job_identifier... | destination... ]
       qstat [-a|-i|-r|-e] [-u user] [-n [-1]] [-s] [-t] [-G|-M] [-R] [job_id... | destination...]
       qstat -Q [-f [-1]] [-W site_specific] [ destination... ]
       qstat -q [-G|-M] [ destination... ]
       qstat -B [-f [-1]] [-W site_specific] [ server_name... ]
       qstat -t
`

export function main(argv, { state, switches, fault }) {
  const { server } = state
  if (argv.includes('--version')) return { stdout: `Version: ${server.version}\nCommit: 000000\n` }
  const call = readOptions(argv, '1aefilnqrstu:xBCGMQRW:')
  if (call.wrong) return { code: 2, stderr: `qstat: invalid option -- '${call.wrong}'\n${USAGE}` }
  const on = Object.fromEntries(call.options)
  if (on.B) return describeServer({ state, switches, full: on.f })
  if (on.Q) return describeQueues({ state, switches, full: on.f, names: call.operands })
  const known = state.jobs().filter(job => isKnown(state, { ...switches, history: true }, job))
  const found = call.operands.length === 0 ? { rows: known.flatMap(job => listed(job, on.t)) } : asked(call.operands, known, { server, on })
  const named = found.rows.map(row => ({
    ...row,
    letter: letterOf(row),
    name: row.element && row.job.array ? `${row.job.name}-${row.element.index}` : row.name,
  }))
  return { ...found, rows: undefined, stdout: print(distort(fault, named), { on, server }) }
}

/** With -t only the elements of an array, otherwise only the array. */
const listed = (job, expand) => (expand && job.array ? rowsOf(job, true).slice(1) : [wholeRow(job)])

function asked(operands, known, { server, on }) {
  const rows = []
  let stderr = ''
  let code = 0
  for (const text of operands) {
    const id = readId(text)
    const full = text.includes('.') ? text : `${text}.${server.host}`
    if (!id) {
      stderr += `qstat: Unknown queue MSG=cannot locate queue ${text}\n`
      code = 170
      continue
    }
    const job = known.find(({ seq }) => seq === id.seq)
    const element = job && id.index !== undefined ? job.elements.find(({ index }) => index === id.index) : undefined
    if (!job || id.brackets !== Boolean(job.array) || (id.index !== undefined && !element) || !full.endsWith(`.${server.host}`)) {
      stderr += `qstat: Unknown Job Id Error ${full}\n`
      code = 153
    } else if (element) rows.push(elementRow(job, element))
    // Asked for a whole array that has ended, the server answers with everything it has.
    else if (job.array && hasEnded(job) && !on.t) rows.push(...known.flatMap(other => listed(other, false)))
    else rows.push(...listed(job, on.t))
  }
  return { rows, stderr, code }
}

function print(rows, { on, server }) {
  if (on.x) {
    const jobs = rows.map(row => `<Job>${asXml({ Job_Id: row.id, ...variablesAsText(attributesOf(row, { server }, inSeconds)) })}</Job>`)
    return rows.length === 0 ? '' : `<?xml version="1.0"?>\n<Data>${jobs.join('')}</Data>\n`
  }
  if (on.f) return rows.map(row => `${asText(row.id, attributesOf(row, { server }, inWords), on['1'])}\n`).join('')
  return rows.length === 0 ? '' : table(rows)
}

const variablesAsText = attributes => ({
  ...attributes,
  Variable_List: Object.entries(attributes.Variable_List)
    .map(([name, value]) => `${name}=${value}`)
    .join(','),
})

function table(rows) {
  const heading = `Job ID                    Name             User            Time Use S Queue\n${'-'.repeat(25)} ${'-'.repeat(16)} ${'-'.repeat(15)} -------- - -----\n`
  const body = rows.map(({ id, name, job, seconds, started, letter }) =>
    [cell(id, 26), cell(name, 16), cell(job.owner.split('@')[0], 15), (started ? clock(seconds) : '0').padStart(8), letter, job.queue].join(
      ' ',
    ),
  )
  return `${heading}${body.join('\n')}\n`
}
