/** How an ended element is shown: exit status, substate and comment, by what ended it. `ended.cause` is `exit` where its processes ended by themselves. */

const OPENPBS = {
  walltime: { status: -29, words: 'and exceeded resource walltime' },
  memory: { status: -27, words: 'and exceeded resource mem' },
  cputime: { status: -28, words: 'and exceeded resource cput' },
}
const TORQUE = { walltime: -11, memory: -10, cputime: -12 }
export const SIGTERM_STATUS = 256 + 15

/** `ended`: `{ cause, code, signal, by }` with the exit code or signal number of the job's shell. */
export function markEnd(job, element, ended) {
  element.state = 'F'
  element.ended = ended
  if (job.dialect === 'torque') markTorque(element, ended)
  else if (job.dialect === 'slurm') markSlurm(element, ended)
  else markOpenPbs(element, ended)
}

function markOpenPbs(element, { cause, code, signal, by }) {
  const limit = OPENPBS[cause]
  const comment = element.comment ?? ''
  if (limit) Object.assign(element, { exitStatus: limit.status, substate: 93, comment: `${comment} ${limit.words}` })
  else if (cause === 'deleted')
    Object.assign(element, { exitStatus: SIGTERM_STATUS, substate: 91, comment: `${comment} and terminated by ${by}` })
  else {
    const exitStatus = signal ? 128 + signal : code
    Object.assign(
      element,
      exitStatus === 0
        ? { exitStatus, substate: 92, comment: `${comment} and finished` }
        : { exitStatus, substate: 93, comment: `${comment} and failed` },
    )
  }
}

function markTorque(element, { cause, code, signal }) {
  element.exitStatus = TORQUE[cause] ?? (cause === 'deleted' ? SIGTERM_STATUS : signal ? 256 + signal : code)
}

function markSlurm(element, { cause, code, signal, by }) {
  const ways = {
    walltime: { word: 'TIMEOUT', reason: 'TimeLimit', exit: '0:15' },
    memory: { word: 'FAILED', reason: 'OutOfMemory', exit: '0:9' },
    deleted: { word: 'CANCELLED', reason: `None`, exit: '0:15', by },
  }
  const plain = signal ? `0:${signal}` : `${code}:0`
  element.slurm = ways[cause] ?? {
    word: plain === '0:0' ? 'COMPLETED' : 'FAILED',
    reason: plain === '0:0' ? 'None' : signal ? 'RaisedSignal:' + signal : 'NonZeroExitCode',
    exit: plain,
  }
}

/** Removed before it ran: no exit status, except for the meaningless one of a subjob. */
export function markNeverRan(job, element, { cause, by }) {
  element.state = 'F'
  element.ended = { cause, by, neverRan: true }
  if (job.dialect === 'slurm')
    element.slurm = { word: 'CANCELLED', reason: cause === 'dependency' ? 'DependencyNeverSatisfied' : 'None', exit: '0:0', by }
  else if (job.dialect === 'torque') {
    if (cause === 'dependency')
      Object.assign(element, { exitStatus: SIGTERM_STATUS, comment: `Job deleted as result of dependency on job ${by}` })
    else delete element.comment
  } else if (cause === 'dependency') {
    element.substate = 92
    delete element.comment
  } else if (job.array) Object.assign(element, { substate: 91, exitStatus: 0, comment: 'Subjob finished' })
  else {
    element.substate = 91
    delete element.comment
  }
}

/** What a killed job's standard error ends with. */
export function killMessage(dialect, cause, { seconds, limitSeconds, bytes, limitBytes, id, host, at }) {
  if (dialect === 'slurm') {
    if (cause === 'walltime') return `slurmstepd: error: *** JOB ${id} ON ${host} CANCELLED AT ${at} DUE TO TIME LIMIT ***\n`
    if (cause === 'memory') return `slurmstepd: error: StepId=${id}.batch exceeded memory limit (${bytes} > ${limitBytes}), being killed\n`
    return `slurmstepd: error: *** JOB ${id} ON ${host} CANCELLED AT ${at} ***\n`
  }
  const kb = size => `${Math.floor(size / 1024)}kb`
  if (cause === 'walltime') return `=>> PBS: job killed: walltime ${Math.floor(seconds)} exceeded limit ${limitSeconds}\n`
  if (cause === 'cputime') return `=>> PBS: job killed: cput ${Math.floor(seconds)} exceeded limit ${limitSeconds}\n`
  if (cause === 'memory') return `=>> PBS: job killed: mem ${kb(bytes)} exceeded limit ${kb(limitBytes)}\n`
  return 'Terminated\n'
}
