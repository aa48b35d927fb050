import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const LOGIN_PATH = '/usr/local/bin:/usr/bin:/bin'

/** The whole environment of a job, and the folder in which it starts: of the submitter's variables only those that were asked for. */
export function environmentOf(state, job, element) {
  const { server, root } = state
  const { home, user } = server
  const login = { HOME: home, USER: user, LOGNAME: user, SHELL: '/bin/sh', PATH: job.command ? '/bin:/usr/bin' : LOGIN_PATH, LANG: '' }
  const id = elementId(job, element)
  const submission = Object.fromEntries(
    Object.entries({
      HOME: home,
      HOST: server.host,
      LOGNAME: user,
      PATH: LOGIN_PATH,
      SHELL: '/bin/sh',
      WORKDIR: job.submitCwd,
      QUEUE: job.queue,
    }).map(([name, value]) => [`PBS_O_${name}`, value]),
  )
  if (server.dialect === 'openpbs') {
    const nodes = writeNodeFile(root, id, server.host)
    const scratch = scratchOf(root, id)
    mkdirSync(scratch, { recursive: true, mode: 0o700 })
    return {
      cwd: home,
      env: {
        ...login,
        ...submission,
        PBS_O_SYSTEM: 'Linux',
        PBS_JOBID: id,
        PBS_JOBNAME: job.name,
        PBS_QUEUE: job.queue,
        PBS_ENVIRONMENT: 'PBS_BATCH',
        ENVIRONMENT: 'BATCH',
        PBS_NODEFILE: nodes,
        PBS_JOBDIR: home,
        PBS_NODENUM: '0',
        PBS_TASKNUM: '1',
        PBS_MOMPORT: '15003',
        PBS_JOBCOOKIE: '0000000000000000',
        NCPUS: String(job.amount.ncpus),
        OMP_NUM_THREADS: String(job.amount.ncpus),
        TMPDIR: scratch,
        PWD: home,
        ...(job.array ? { PBS_ARRAY_ID: job.id, PBS_ARRAY_INDEX: String(element.index) } : {}),
        ...job.variables,
      },
    }
  }
  if (server.dialect === 'torque')
    return {
      cwd: home,
      env: {
        ...login,
        ...submission,
        PBS_O_SERVER: server.host,
        PBS_SERVER: server.host,
        PBS_JOBID: id,
        PBS_JOBNAME: job.array ? `${job.name}-${element.index}` : job.name,
        PBS_QUEUE: job.queue,
        PBS_ENVIRONMENT: 'PBS_BATCH',
        ENVIRONMENT: 'BATCH',
        PBS_NODEFILE: writeNodeFile(root, id, server.host),
        PBS_NP: String(job.amount.ncpus),
        PBS_NUM_PPN: String(job.amount.ncpus / job.amount.chunks),
        PBS_NUM_NODES: String(job.amount.chunks),
        PBS_NODENUM: '0',
        PBS_TASKNUM: '1',
        PBS_MOMPORT: '15003',
        PBS_JOBCOOKIE: '0000000000000000',
        PBS_VERSION: `TORQUE-${server.version}`,
        ...(job.amount.walltime === undefined ? {} : { PBS_WALLTIME: String(job.amount.walltime) }),
        ...(job.array ? { PBS_ARRAYID: String(element.index) } : {}),
        ...job.variables,
      },
    }
  return {
    cwd: job.submitCwd,
    env: {
      ...login,
      SLURM_JOB_ID: String(element.number),
      SLURM_JOBID: String(element.number),
      SLURM_JOB_NAME: job.name,
      SLURM_JOB_PARTITION: job.queue,
      SLURM_SUBMIT_DIR: job.submitCwd,
      SLURM_CPUS_ON_NODE: String(job.amount.ncpus),
      SLURM_JOB_NODELIST: server.host,
      SLURM_RESTART_COUNT: String(element.runCount - 1),
      ...(job.array ? { SLURM_ARRAY_JOB_ID: job.id, SLURM_ARRAY_TASK_ID: String(element.index) } : {}),
      ...job.variables,
    },
  }
}

export const scratchOf = (root, id) => join(root, 'scratch', `pbs.${id}`)

/** `12[3].host` of element 3 of the array `12[].host`. */
export const elementId = (job, element) => (job.array ? job.id.replace('[]', `[${element.index}]`) : job.id)

function writeNodeFile(root, id, host) {
  const path = join(root, 'aux', id)
  writeFileSync(path, `${host}\n`)
  return path
}
