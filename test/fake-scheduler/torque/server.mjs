import { asText } from '../pbs/print.mjs'
import { clock } from '../times.mjs'

const asBlock = (kind, name, attributes) => asText(name, attributes, true).replace('Job Id: ', `${kind}: `)

/** qstat -B. */
export function describeServer({ state, switches, full }) {
  const { host, version } = state.server
  const attributes = {
    server_state: 'Active',
    scheduling: 'True',
    total_jobs: String(state.jobs().length),
    default_queue: Object.keys(switches.queues)[0],
    max_job_array_size: String(switches.maxArraySize),
    keep_completed: String(switches.historySeconds),
    pbs_version: version,
  }
  if (full) return { stdout: `${asBlock('Server', host, attributes)}\n` }
  return {
    stdout: `Server             Max   Tot   Que   Run   Hld   Wat   Trn   Ext   Com Status\n${host.padEnd(16)}     0     0     0     0     0     0     0     0     0 Active\n`,
  }
}

/** qstat -Q. */
export function describeQueues({ state, switches, full, names }) {
  const unknown = names.find(name => !Object.hasOwn(switches.queues, name))
  if (unknown !== undefined) return { code: 170, stderr: `qstat: Unknown queue MSG=cannot locate queue ${unknown}\n` }
  const queues = Object.entries(switches.queues).filter(([name]) => names.length === 0 || names.includes(name))
  const attributes = ({ maxWalltime, started = true }) => ({
    queue_type: 'Execution',
    total_jobs: String(state.jobs().length),
    ...(maxWalltime === undefined ? {} : { resources_max: { walltime: clock(maxWalltime) } }),
    enabled: 'True',
    started: started ? 'True' : 'False',
  })
  if (full) return { stdout: queues.map(([name, queue]) => `${asBlock('Queue', name, attributes(queue))}\n`).join('') }
  return {
    stdout: `Queue              Max   Tot Ena Str   Que   Run   Hld   Wat   Trn   Ext T   Cpt\n${queues.map(([name]) => `${name.padEnd(16)}     0     0 yes yes     0     0     0     0     0     0 E     0\n`).join('')}`,
  }
}
