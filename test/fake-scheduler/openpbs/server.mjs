import { asJson, asText } from '../pbs/print.mjs'
import { clock, epochSeconds } from '../times.mjs'

const asBlock = (kind, name, attributes) => asText(name, attributes, true).replace('Job Id: ', `${kind}: `)

/** qstat -B. */
export function describeServer({ state, switches, format }) {
  const { host, version } = state.server
  const attributes = {
    server_state: 'Active',
    server_host: host,
    scheduling: 'True',
    total_jobs: String(state.jobs().length),
    default_queue: Object.keys(switches.queues)[0],
    max_array_size: String(switches.maxArraySize),
    ...(switches.history ? { job_history_enable: 'True', job_history_duration: clock(switches.historySeconds) } : {}),
    pbs_version: version,
  }
  if (format === 'json') return json(state, { Server: { [host]: attributes } })
  if (format === 'text') return { stdout: `${asBlock('Server', host, attributes)}\n` }
  return {
    stdout: `Server             Max   Tot   Que   Run   Hld   Wat   Trn   Ext Status\n---------------- ----- ----- ----- ----- ----- ----- ----- ----- -----------\n${host.padEnd(16)}     0     0     0     0     0     0     0     0 Active\n`,
  }
}

/** qstat -Q. */
export function describeQueues({ state, switches, format, names }) {
  const unknown = names.find(name => !Object.hasOwn(switches.queues, name))
  if (unknown !== undefined) return { code: 170, stderr: `qstat: Unknown queue ${unknown}\n` }
  const queues = Object.entries(switches.queues).filter(([name]) => names.length === 0 || names.includes(name))
  const attributes = ({ maxWalltime, started = true }) => ({
    queue_type: 'Execution',
    total_jobs: '0',
    ...(maxWalltime === undefined ? {} : { resources_max: { walltime: clock(maxWalltime) } }),
    enabled: 'True',
    started: started ? 'True' : 'False',
  })
  if (format === 'json') return json(state, { Queue: Object.fromEntries(queues.map(([name, queue]) => [name, attributes(queue)])) })
  if (format === 'text') return { stdout: queues.map(([name, queue]) => `${asBlock('Queue', name, attributes(queue))}\n`).join('') }
  return {
    stdout: `Queue              Max   Tot Ena Str   Que   Run   Hld   Wat   Trn   Ext Type\n${queues.map(([name]) => `${name.padEnd(16)}     0     0 yes yes     0     0     0     0     0     0 Exec\n`).join('')}`,
  }
}

const json = ({ server }, content) => ({
  stdout: `${asJson({ timestamp: epochSeconds(Date.now()), pbs_version: server.version, pbs_server: server.host, ...content })}\n`,
})
