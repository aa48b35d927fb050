import { clock, ctime, epochSeconds } from '../times.mjs'
import { hasEnded } from '../pbs/rows.mjs'

/** What qstat -f and -x show of a row. `at` writes a moment: as words in the text, in seconds since 1970 in XML. */
export function attributesOf({ job, element, letter, name }, { server }, at) {
  const variables = {
    PBS_O_QUEUE: job.queue,
    PBS_O_HOME: server.home,
    PBS_O_LOGNAME: server.user,
    PBS_O_PATH: '/usr/local/bin:/usr/bin:/bin',
    PBS_O_SHELL: '/bin/sh',
    PBS_O_HOST: server.host,
    PBS_O_SERVER: server.host,
    PBS_O_WORKDIR: job.submitCwd,
    ...(element && job.array ? { PBS_ARRAYID: String(element.index) } : {}),
    ...job.variables,
  }
  const ended = letter === 'C'
  const end = element?.endedAt ?? job.ctime
  return {
    Job_Name: name,
    Job_Owner: job.owner,
    ...(element?.used && element.stime !== undefined ? { resources_used: usedOf(element) } : {}),
    job_state: letter,
    queue: job.queue,
    server: server.host,
    ...(job.account === undefined ? {} : { Account_Name: job.account }),
    Checkpoint: 'u',
    ctime: at(job.ctime),
    ...(job.depend.length > 0
      ? { depend: job.depend.map(({ type, on }) => `${type}:${on.map(id => `${id}@${server.host}`).join(':')}`).join(',') }
      : {}),
    Error_Path: `${server.host}:${job.error ?? `${job.submitCwd}/${job.name}.e${job.seq}${element?.index === undefined ? '' : `-${element.index}`}`}`,
    ...(element?.host ? { exec_host: `${element.host}/0` } : {}),
    Hold_Types: job.hold || (letter === 'H' ? (job.depend.length > 0 ? 's' : 'l') : 'n'),
    Join_Path: job.join ? 'oe' : 'n',
    Keep_Files: 'n',
    Mail_Points: 'a',
    mtime: at(ended ? end : (element?.stime ?? job.ctime)),
    Output_Path: `${server.host}:${job.output ?? `${job.submitCwd}/${job.name}.o${job.seq}${element?.index === undefined ? '' : `-${element.index}`}`}`,
    Priority: '0',
    qtime: at(job.ctime),
    Rerunable: job.rerunnable ? 'True' : 'False',
    Resource_List: job.resources,
    ...(element?.session === undefined ? {} : { session_id: String(element.session) }),
    Variable_List: variables,
    euser: server.user,
    egroup: server.user,
    queue_type: 'E',
    ...(element?.comment ? { comment: element.comment } : {}),
    etime: at(job.ctime),
    ...(ended && (element ?? {}).exitStatus !== undefined ? { exit_status: String(element.exitStatus) } : {}),
    submit_args: job.submitArguments.join(' '),
    ...(job.array ? (element ? { job_array_id: String(element.index) } : { job_array_request: job.array.request }) : {}),
    ...(element?.stime === undefined ? {} : { start_time: at(element.stime), start_count: String(element.runCount) }),
    fault_tolerant: 'False',
    ...(ended ? { comp_time: at(end) } : {}),
    ...(ended && element?.stime !== undefined ? { total_runtime: element.used.wall.toFixed(6) } : {}),
    submit_host: server.host,
    init_work_dir: server.home,
  }
}

const usedOf = ({ used }) => ({
  cput: clock(used.cpuSeconds),
  mem: `${Math.floor(used.memory / 1024)}kb`,
  vmem: `${Math.floor(used.memory / 1024)}kb`,
  walltime: clock(used.wall),
})

export const inWords = ctime
export const inSeconds = ms => String(epochSeconds(ms))

/** Ended is C, and so is an array all of whose elements have ended; one that has begun is R. Elements beyond the limit at a time are held. */
export function letterOf({ job, element }) {
  if (!element)
    return hasEnded(job)
      ? 'C'
      : job.elements.some(({ runCount }) => runCount > 0)
        ? 'R'
        : job.elements.every(({ state }) => state === 'H')
          ? 'H'
          : 'Q'
  if (element.state === 'F') return 'C'
  const running = job.elements.filter(({ state }) => state === 'R' || state === 'E').length
  return element.state === 'Q' && job.array?.limit && running >= job.array.limit ? 'H' : element.state
}
