import { readOptions } from '../arguments.mjs'
import { hasEnded, isKnown, readId } from '../pbs/rows.mjs'
import { ask } from '../requests.mjs'
import { rmSync } from 'node:fs'

const USAGE = 'usage: qdel [-W force|suppress_email=X] [-x] job_identifier...\n       qdel --version\n'

export function main(argv, { state, switches }) {
  if (argv.includes('--version')) return { stdout: `pbs_version = ${state.server.version}\n` }
  const call = readOptions(argv, 'W:xp')
  if (call.wrong || call.operands.length === 0) return { code: 2, stderr: USAGE }
  const on = Object.fromEntries(call.options)
  const force = on.W === 'force'
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
    const full = text.includes('.') ? text : `${text}.${state.server.host}`
    const job = state.read(id.seq)
    const element = job?.elements.find(({ index }) => index === id.index)
    if (!job || !isKnown(state, switches, job) || id.brackets !== Boolean(job.array) || (id.index !== undefined && !element))
      refuse(153, `Unknown Job Id ${full}`)
    else if (on.x && hasEnded(job)) rmSync(state.folderOf(job.seq), { recursive: true, force: true })
    else if (hasEnded(job) || (id.index !== undefined && element.state === 'F')) refuse(35, `Job has finished ${full}`)
    else if (switches.node === 'down' && !force && (element ? [element] : job.elements).some(({ state: at }) => at === 'R'))
      refuse(222, `Server could not connect to MOM ${full}`)
    else if (!ask(state, job, { type: 'delete', index: id.index, by: `${state.server.user}@${state.server.host}`, force }))
      refuse(222, `Server could not connect to MOM ${full}`)
  }
  return { code, stderr }
}
