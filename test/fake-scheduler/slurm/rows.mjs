import { isKnown } from '../pbs/rows.mjs'

/** One row for each element, or for those that wait together; `states`: all, or those that live. */
export function rowsOf(state, switches, { all, expand }) {
  return state
    .jobs()
    .filter(job => isKnown(state, { ...switches, history: true }, job))
    .flatMap(job => {
      const rows = job.elements.map(element => rowOf(state, switches, job, element)).filter(({ ended }) => all || !ended)
      if (!job.array || expand) return rows
      const waiting = rows.filter(({ State }) => State === 'PENDING')
      if (waiting.length < 2) return rows
      const indices = waiting.map(({ ArrayTaskID }) => ArrayTaskID).join(',')
      return [{ ...waiting[0], JobID: job.id, ArrayTaskID: indices }, ...rows.filter(row => !waiting.includes(row))]
    })
}

function rowOf(state, switches, job, element) {
  const ended = element.state === 'F'
  const [code = 0, signal = 0] = (element.slurm?.exit ?? '0:0').split(':').map(Number)
  const State = ended ? element.slurm.word : { H: 'PENDING', Q: 'PENDING', R: 'RUNNING', E: 'COMPLETING' }[element.state]
  return {
    id: job.array ? `${job.id}_${element.index}` : job.id,
    ended,
    JobID: String(element.number),
    ArrayJobID: job.id,
    ArrayTaskID: job.array ? String(element.index) : 'N/A',
    Name: job.name,
    Partition: job.queue,
    UserName: state.server.user,
    State,
    exit_code: String((code << 8) | signal),
    ExitCode: element.slurm?.exit ?? '0:0',
    RestartCnt: String(Math.max(0, element.runCount - 1)),
    NodeList: element.host ?? '',
    Reason: reasonOf(switches, job, element),
  }
}

function reasonOf(switches, job, element) {
  if (element.state === 'F') return element.slurm.reason
  if (element.state === 'H') return job.hold === 'u' ? 'JobHeldUser' : job.hold === 's' ? 'JobHeldAdmin' : (element.comment ?? 'Dependency')
  if (element.state !== 'Q') return 'None'
  if (/^Can Never Run/.test(element.comment ?? '')) return 'PartitionConfig'
  return switches.node === 'down' ? 'ReqNodeNotAvail, UnavailableNodes:' : 'Resources'
}
