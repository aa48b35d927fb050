import { constants } from 'node:os'
import { existsSync, readFileSync } from 'node:fs'

import { enqueue, readRange } from '../pbs/submission.mjs'
import { readLongOptions, readSbatchDirectives } from './long-options.mjs'

const FLAGS = ['parsable', 'requeue', 'no-requeue', 'hold', 'exclusive']
const MB = 1024 * 1024
const refuse = (words, code = 1) => ({ code, stderr: `sbatch: error: ${words}\n` })

export function main(argv, { state, switches }) {
  if (argv.includes('--version')) return { stdout: `slurm-wlm ${state.server.version}\n` }
  const line = readLongOptions(argv, { flags: FLAGS })
  const [script] = line.operands
  if (script !== undefined && !existsSync(script)) return refuse(`Unable to open file ${script}`)
  const text = readFileSync(script ?? 0, 'utf8')
  if (!text.startsWith('#!'))
    return refuse(
      'This does not look like a batch script.  The first\nsbatch: error: line must start with #! followed by the path to an interpreter.',
    )
  const given = { ...fromEnvironment(), ...readSbatchDirectives(text, FLAGS), ...line.options }
  const array = given.array === undefined ? null : readRange(given.array)
  if (array === undefined || array?.indices.some(index => index >= switches.maxArraySize))
    return refuse('Batch job submission failed: Invalid job array specification')
  const queue = given.partition ?? Object.keys(switches.queues)[0]
  if (!Object.hasOwn(switches.queues, queue))
    return refuse(`invalid partition specified: ${queue}\nsbatch: error: Batch job submission failed: Invalid partition name specified`)
  if (switches.hook) return refuse(switches.hook)
  const minutes = given.time === undefined ? undefined : readMinutes(given.time)
  if (minutes === null) return refuse('Invalid --time specification')
  const memory = given.mem === undefined ? undefined : readMemory(given.mem)
  const job = enqueue(
    state,
    {
      idOf: seq => String(seq),
      numbers: (seq, at) => (array && at < array.indices.length - 1 ? state.claimSequence() : seq),
      name: given['job-name'] ?? script?.split('/').at(-1) ?? 'sbatch',
      queue,
      account: given.account,
      array,
      resources: {},
      amount: {
        ncpus: Number(given['cpus-per-task'] ?? 1) * Number(given.ntasks ?? 1),
        chunks: 1,
        ...(minutes === undefined ? {} : { walltime: 60 * minutes }),
        ...(memory === undefined ? {} : { memory }),
      },
      output: given.output,
      error: given.error,
      join: false,
      keep: '',
      umask: 0o022,
      rerunnable: given['no-requeue'] !== true,
      hold: given.hold ? 'u' : switches.holdNew ? 's' : '',
      depend: (given.dependency ?? '')
        .split(',')
        .filter(Boolean)
        .map(item => ({
          type: item.split(':')[0],
          on: item
            .split(':')
            .slice(1)
            .map(id => id.split('_')[0]),
        })),
      variables: exported(given.export),
      ...signalOf(given.signal),
    },
    { isFile: script !== undefined, script, text },
  )
  return { stdout: given.parsable ? `${job.id}\n` : `Submitted batch job ${job.id}\n` }
}

/** What the client's environment says of sbatch counts unless the command line says otherwise. */
function fromEnvironment() {
  const names = { SBATCH_ARRAY_INX: 'array', SBATCH_PARTITION: 'partition', SBATCH_TIMELIMIT: 'time', SBATCH_ACCOUNT: 'account' }
  return Object.fromEntries(Object.entries(names).flatMap(([name, option]) => (process.env[name] ? [[option, process.env[name]]] : [])))
}

/** Plain sbatch hands its whole environment to the job. */
const exported = list => (list === undefined || String(list).toUpperCase() === 'ALL' ? { ...process.env } : {})

/** Minutes, rounded up, of `M`, `M:S`, `H:M:S`, `D-H`, `D-H:M`, `D-H:M:S`; null for anything else. */
function readMinutes(text) {
  const [, days, rest] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(text) ?? []
  if (rest === undefined) return null
  const parts = rest.split(':').map(Number)
  const [hours, minutes, seconds] =
    days !== undefined ? [parts[0], parts[1] ?? 0, parts[2] ?? 0] : parts.length === 3 ? parts : [0, parts[0], parts[1] ?? 0]
  return Math.ceil((Number(days ?? 0) * 1440 * 60 + hours * 3600 + minutes * 60 + seconds) / 60)
}

const readMemory = text => Number.parseInt(text, 10) * (/G$/i.test(text) ? 1024 * MB : /K$/i.test(text) ? 1024 : MB)

/** `B:TERM@60`. */
function signalOf(text) {
  const [, toShell, name, before] = /^(B:)?([A-Z0-9]+)(?:@(\d+))?$/.exec(text ?? '') ?? []
  if (name === undefined) return {}
  return {
    signal: { toShell: toShell !== undefined, number: constants.signals[`SIG${name}`] ?? Number(name), before: Number(before ?? 60) },
  }
}
