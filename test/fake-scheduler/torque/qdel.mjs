import { readOptions } from '../arguments.mjs'
import { hasEnded, isKnown, readId } from '../pbs/rows.mjs'
import { readRange } from '../pbs/submission.mjs'
import { ask } from '../requests.mjs'

const USAGE = "usage: qdel [{ -a | -c | -p | -t | -W delay | -m message}] [<JOBID>[<JOBID>]|'all'|'ALL']...\n"

export function main(argv, { state, switches }) {
  if (argv.includes('--version')) return { stdout: `Version: ${state.server.version}\n` }
  const call = readOptions(argv, 'acm:pt:W:')
  if (call.wrong || call.operands.length === 0) return { code: 2, stderr: USAGE }
  const on = Object.fromEntries(call.options)
  let stderr = ''
  let code = 0
  const refuse = (status, words) => {
    stderr += `qdel: ${words}\n`
    code = status
  }
  for (const text of call.operands) {
    const id = readId(text)
    if (!id) {
      refuse(1, `illegally formed job identifier: ${text}`)
      continue
    }
    const job = state.read(id.seq)
    const full = text.includes('.') ? text : `${text}.${state.server.host}`
    const indices = on.t === undefined ? [id.index] : (readRange(on.t)?.indices ?? [])
    const elements = indices.map(index => job?.elements.find(element => index === undefined || element.index === index))
    if (!job || !isKnown(state, switches, job) || id.brackets !== Boolean(job.array) || elements.includes(undefined))
      refuse(153, `nonexistent job id: ${text.replace(/\..*$/, '')}`)
    else if (hasEnded(job) || (indices[0] !== undefined && elements.every(({ state: at }) => at === 'F')))
      refuse(170, `Request invalid for state of job MSG=invalid state for job - COMPLETE ${full}`)
    else {
      for (const index of indices) {
        if (!ask(state, job, { type: 'delete', index, by: `${state.server.user}@${state.server.host}` }))
          refuse(205, `Server could not connect to MOM ${full}`)
      }
    }
  }
  return { code, stderr }
}
