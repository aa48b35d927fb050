import { ask } from '../requests.mjs'
import { rowsOf } from './rows.mjs'

export function main(argv, { state, switches }) {
  const { server } = state
  const [verb, what, ...rest] = argv.filter(word => !word.startsWith('-'))
  if (verb === 'show' && what === 'config') {
    const facts = {
      AccountingStorageType: 'accounting_storage/none',
      MaxArraySize: switches.maxArraySize,
      MaxJobCount: 10_000,
      MinJobAge: `${switches.historySeconds} sec`,
      SLURM_VERSION: server.version,
    }
    const lines = Object.entries(facts).map(([name, value]) => `${name.padEnd(23)} = ${value}\n`)
    return { stdout: `Configuration data as of ${new Date().toISOString().slice(0, 19)}\n${lines.join('')}` }
  }
  if (verb === 'show' && what === 'node') {
    const { nodeCpus, nodeMemoryMb, node, queues } = switches
    const word = node === 'down' ? 'DOWN' : 'IDLE'
    const partitions = Object.keys(queues).join(',')
    return { stdout: `NodeName=${server.host} CPUTot=${nodeCpus} RealMemory=${nodeMemoryMb} State=${word} Partitions=${partitions}\n` }
  }
  const rows = rowsOf(state, switches, { all: true, expand: true })
  const named = id => rows.filter(row => row.ArrayJobID === id || row.JobID === id || row.id === id)
  if (verb === 'show' && what === 'job') {
    const found = rest[0] === undefined ? rows : named(rest[0])
    if (found.length === 0) return { code: 1, stderr: 'slurm_load_jobs error: Invalid job id specified\n' }
    return { stdout: found.map(describe).join('') }
  }
  if (verb === 'release' || verb === 'requeue') {
    const [row] = named(what)
    if (!row) return { code: 1, stderr: `Invalid job id specified for job ${what}\n` }
    const index = what.includes('_') ? Number(what.split('_')[1]) : undefined
    ask(state, { seq: Number(row.ArrayJobID) }, { type: verb === 'release' ? 'release' : 'rerun', index })
    return {}
  }
  return { code: 1, stderr: `invalid keyword: ${verb}\n` }
}

const describe = ({ JobID, ArrayJobID, ArrayTaskID, Name, State, Reason, ExitCode, RestartCnt, Partition, NodeList }) => {
  const array = ArrayTaskID === 'N/A' ? '' : ` ArrayJobId=${ArrayJobID} ArrayTaskId=${ArrayTaskID}`
  return `JobId=${JobID}${array} JobName=${Name} JobState=${State} Reason=${Reason} Restarts=${RestartCnt} ExitCode=${ExitCode} Partition=${Partition} NodeList=${NodeList}\n`
}
