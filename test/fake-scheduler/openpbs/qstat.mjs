import { readOptions } from '../arguments.mjs'
import { distort } from '../faults.mjs'
import { asDsv, asJson, asText } from '../pbs/print.mjs'
import { cell, elementRow, hasEnded, isKnown, readId, rowsOf, wholeRow } from '../pbs/rows.mjs'
import { clock, epochSeconds } from '../times.mjs'
import { attributesOf } from './attributes.mjs'
import { describeQueues, describeServer } from './server.mjs'

const USAGE = `usage: qstat [-f] [-J] [-p] [-t] [-x] [-E] [-F format] [-D delim] [ job_identifier... | destination... ]
       qstat [-a|-i|-r|-H|-T] [-J] [-t] [-u user] [-n] [-s] [-G|-M] [-1] [-w] [ job_id... | destination... ]
       qstat -Q [-f] [-F format] [-D delim] [ destination... ]
       qstat -q [-G|-M] [ destination... ]
       qstat -B [-f] [-F format] [-D delim] [ server_name... ]
       qstat --version
`

export function main(argv, { state, switches, fault }) {
  const { server } = state
  if (argv.includes('--version')) return { stdout: `pbs_version = ${server.version}\n` }
  const call = readOptions(argv, 'afF:HiJnpqrstTu:wxEQBGMD:1')
  if (call.wrong) return { code: 2, stderr: `qstat: invalid option -- '${call.wrong}'\n${USAGE}` }
  const on = Object.fromEntries(call.options)
  const format = on.f ? (on.F ?? 'text') : 'table'
  if (on.B) return describeServer({ state, switches, format })
  if (on.Q) return describeQueues({ state, switches, format, names: call.operands })
  const past = Boolean(on.x || on.H)
  if (past && !switches.history)
    return {
      stderr: `qstat: PBS is not configured to maintain job history${call.operands.length ? ` ${call.operands[0]}` : ''}\n`,
      ...(format === 'json' ? header(server) : {}),
    }
  const found = call.operands.length === 0 ? everything({ state, switches, past, on }) : asked(call.operands, { state, switches, past, on })
  const distorted = distort(fault, found.rows)
  // Several ids that are not joined into one request: only the answer to the first is printed as JSON.
  const rows =
    format === 'json' && call.operands.length > 1 && !on.E ? distorted.filter(({ operand }) => operand === distorted[0].operand) : distorted
  return { ...found, rows: undefined, stdout: print(rows, { format, wide: Boolean(on.w), server, switches }) }
}

function everything({ state, switches, past, on }) {
  const jobs = state.jobs().filter(job => isKnown(state, switches, job) && (past || !hasEnded(job)))
  return { rows: jobs.flatMap(job => rowsOf(job, on.t)) }
}

function asked(operands, { state, switches, past, on }) {
  const { host } = state.server
  const rows = []
  let stderr = ''
  let code = 0
  const refuse = (status, words) => {
    if (on.E && status !== 170) return
    stderr += `qstat: ${words}\n`
    code = status
  }
  for (const [operand, text] of operands.entries()) {
    const id = readId(text)
    if (!id) {
      refuse(170, `Unknown queue destination ${text}`)
      continue
    }
    const job = state.read(id.seq)
    const element = job && id.index !== undefined ? job.elements.find(({ index }) => index === id.index) : undefined
    const full = text.includes('.') ? text : `${text}.${host}`
    const fits =
      job &&
      isKnown(state, switches, job) &&
      id.brackets === Boolean(job.array) &&
      (id.index === undefined || element) &&
      full.endsWith(`.${host}`)
    if (!fits) refuse(153, `Unknown Job Id ${full}`)
    else if (!past && hasEnded(job)) refuse(35, `${full} Job has finished, use -x or -H to obtain historical job information`)
    else rows.push(...(element ? [elementRow(job, element)] : on.t ? rowsOf(job, true) : [wholeRow(job)]).map(row => ({ ...row, operand })))
  }
  return { rows, stderr, code }
}

function header({ version, host }) {
  return { stdout: `${asJson({ timestamp: epochSeconds(Date.now()), pbs_version: version, pbs_server: host })}\n` }
}

function print(rows, { format, wide, server, switches }) {
  const attributes = row => attributesOf(row, { server, switches })
  if (format === 'json') {
    const jobs = rows.length > 0 ? { Jobs: Object.fromEntries(rows.map(row => [row.id, attributes(row)])) } : {}
    return `${asJson({ timestamp: epochSeconds(Date.now()), pbs_version: server.version, pbs_server: server.host, ...jobs })}\n`
  }
  if (format === 'dsv') return rows.map(row => asDsv(row.id, attributes(row))).join('')
  if (format === 'text') return rows.map(row => `${asText(row.id, attributes(row), wide)}\n`).join('')
  return rows.length === 0 ? '' : table(rows, wide ? 30 : 17)
}

function table(rows, width) {
  const line = (...cells) => `${cells.join(' ')}\n`
  const heading = line('Job id'.padEnd(width), 'Name'.padEnd(16), 'User'.padEnd(17), 'Time Use', 'S', 'Queue')
  const rule = line('-'.repeat(width - 1).padEnd(width), '-'.repeat(16), `${'-'.repeat(16)} `, '-'.repeat(8), '-', '-----')
  const body = rows.map(({ id, name, job, seconds, started, letter }) =>
    line(
      cell(id, width),
      cell(name, 16),
      `${cell(job.owner.split('@')[0], 16)} `,
      (started ? clock(seconds) : '0').padStart(8),
      letter,
      job.queue.padEnd(16),
    ),
  )
  return heading + rule + body.join('')
}
