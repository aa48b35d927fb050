import { clock, ctime } from '../times.mjs'
import { hasEnded } from '../pbs/rows.mjs'

const TRUE = 'True'
const FALSE = 'False'

/** What qstat -f shows of a row, in its order. Everything is text or nested; JSON makes numbers of what looks like one. */
export function attributesOf({ job, element, letter }, { server, switches }) {
  const isParent = job.array && element === undefined
  const shownAsParent = isParent || (job.array && element.runCount === 0 && element.state !== 'F')
  const used = element?.used && element.stime !== undefined ? { resources_used: usedOf(job, element) } : {}
  const substate = isParent
    ? letter === 'B'
      ? 70
      : letter === 'F'
        ? parentSubstate(job)
        : job.elements[0].substate
    : element.runCount === 0 && job.array && letter === 'Q'
      ? 70
      : element.substate
  const end = isParent ? parentEnd(job) : element
  const index = element?.index
  return {
    Job_Name: job.name,
    Job_Owner: job.owner,
    ...used,
    job_state: letter,
    queue: job.queue,
    server: server.host,
    ...(job.account === undefined ? {} : { Account_Name: job.account }),
    Checkpoint: 'u',
    ctime: ctime(job.ctime),
    ...(job.depend.length > 0
      ? { depend: job.depend.map(({ type, on }) => `${type}:${on.map(parent => `${parent}@${server.host}`).join(':')}`).join(',') }
      : {}),
    Error_Path: path(job, job.error, 'e', index),
    ...(element?.host ? { exec_host: `${element.host}/0`, exec_vnode: `(${element.host}:ncpus=${job.amount.ncpus})` } : {}),
    Hold_Types: job.hold || (letter === 'H' ? 's' : 'n'),
    Join_Path: job.join ? 'oe' : 'n',
    Keep_Files: job.keep || 'n',
    Mail_Points: 'a',
    mtime: ctime(element?.endedAt ?? element?.stime ?? job.ctime),
    Output_Path: path(job, job.output, 'o', index),
    Priority: '0',
    qtime: ctime(job.ctime),
    Rerunable: job.rerunnable ? TRUE : FALSE,
    Resource_List: job.resources,
    ...(element?.stime !== undefined
      ? { stime: ctime(element.stime), ...(element.ended ? { obittime: ctime(element.endedAt) } : { session_id: String(element.session) }) }
      : {}),
    ...(job.shell ? { Shell_Path_List: job.shell } : {}),
    substate: String(substate),
    Variable_List: { ...variablesOf(job, server), ...job.variables },
    ...((element?.comment ?? (isParent ? parentComment(job) : undefined)) ? { comment: element?.comment ?? parentComment(job) } : {}),
    etime: ctime(job.ctime),
    umask: job.umask.toString(8),
    ...(element && element.runCount > 0 ? { run_count: String(element.runCount) } : {}),
    ...(job.array && shownAsParent ? arrayOf(job, switches) : {}),
    ...(job.array && !shownAsParent ? { array_id: job.id, array_index: String(index) } : {}),
    Submit_arguments: job.submitArguments.join(' '),
    ...(end?.exitStatus !== undefined && (letter === 'F' || letter === 'X') ? { Exit_status: String(end.exitStatus) } : {}),
    ...(letter === 'F' ? { Stageout_status: '1', history_timestamp: String(Math.floor((element?.endedAt ?? job.ctime) / 1000)) } : {}),
    project: job.project,
  }
}

const path = (job, asked, letter, index) => {
  const ordinary = `${job.submitCwd}/${job.name}.${letter}${job.seq}${job.array ? `.${index ?? '^array_index^'}` : ''}`
  return `${job.owner.split('@')[1]}:${asked ?? ordinary}`
}

const usedOf = (job, { used, runCount }) => ({
  cpupercent: '0',
  cput: clock(used.cpuSeconds),
  mem: `${Math.floor(used.memory / 1024)}kb`,
  ncpus: String(job.amount.ncpus),
  vmem: `${Math.floor(used.memory / 1024)}kb`,
  walltime: clock(runCount === 0 ? 0 : used.wall),
})

const variablesOf = (job, { home, user, host }) => ({
  PBS_O_HOME: home,
  PBS_O_LOGNAME: user,
  PBS_O_PATH: '/usr/local/bin:/usr/bin:/bin',
  PBS_O_SHELL: '/bin/sh',
  PBS_O_WORKDIR: job.submitCwd,
  PBS_O_SYSTEM: 'Linux',
  PBS_O_QUEUE: job.queue,
  PBS_O_HOST: host,
})

function arrayOf(job) {
  const count = letters => job.elements.filter(({ state }) => letters.includes(state)).length
  const waiting = job.elements.filter(({ state }) => 'QHW'.includes(state)).map(({ index }) => index)
  return {
    array: TRUE,
    array_state_count: `Queued:${count('QHW')} Running:${count('R')} Exiting:${count('E')} Expired:${count('F')}`,
    array_indices_submitted: job.array.request,
    array_indices_remaining: ranges(waiting) || '-',
    ...(job.array.limit === undefined ? {} : { max_run_subjobs: String(job.array.limit) }),
  }
}

/** `0-3,7`. */
function ranges(indices) {
  const parts = []
  for (const index of indices) {
    const last = parts.at(-1)
    if (last && index === last[1] + 1) last[1] = index
    else parts.push([index, index])
  }
  return parts.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',')
}

/** The end of an array as a whole says nothing of its elements: 0 though one failed, 1 after it was deleted. */
const parentEnd = job => (hasEnded(job) ? { exitStatus: job.elements.some(({ ended }) => ended.cause === 'deleted') ? 1 : 0 } : undefined)
const parentSubstate = job =>
  job.elements.some(({ ended }) => ended.cause === 'deleted') ? 91 : job.elements.some(({ exitStatus }) => exitStatus !== 0) ? 93 : 92

function parentComment(job) {
  const begun = job.elements.find(({ comment, runCount }) => comment && runCount > 0)
  if (!begun) return job.elements.find(({ comment }) => comment)?.comment
  const when = /^Job run at (.*) on /.exec(begun.comment)?.[1]
  const words = when === undefined ? begun.comment : `Job Array Began at ${when}`
  return hasEnded(job) ? `${words} and ${parentSubstate(job) === 92 ? 'finished' : 'failed'}` : words
}
