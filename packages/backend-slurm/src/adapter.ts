import type { JobRequest, SchedulerAdapter, ServerFacts } from '@chorale/core/contracts'

import { lookCommands, readLook, show } from './job-tables.js'
import { nodesCommand, readNodes } from './nodes.js'
import type { SlurmOptions } from './options.js'
import { partitionsCommand, readPartitions } from './partitions.js'
import { readSbatch, sbatch } from './submission.js'

/** Ids of one command line. */
const REMOVED_AT_ONCE = 300
const GONE = /Invalid job id specified|already completing or completed/i
const TRANSIENT = /Unable to contact slurm controller|Socket timed out|Connection refused|temporarily unavailable/i
/** What the options of Slurm itself may hold; nothing of it begins an option or means anything to a shell. */
const VALUE = /^[A-Za-z0-9_][\w.,:=&|*()[\]@+/-]{0,199}$/

/** Slurm through `sbatch`, `squeue` and `scancel`, and `sacct` where there is accounting. Checked with 22.05. */
export const slurmAdapter = (options: SlurmOptions): SchedulerAdapter => ({
  scheduler: 'Slurm',
  commands: ['sbatch', 'squeue', 'scontrol', 'scancel'],
  environment: ['SLURM_CONF', 'SLURM_CLUSTERS', 'MUNGE_SOCKET'],
  directivePrefix: '#SBATCH',
  async identify(ask) {
    const version = await ask(['sbatch', '--version'])
    const config = await ask(['scontrol', 'show', 'config'])
    if (version.code !== 0 || config.code !== 0) throw new Error('no answer')
    return factsOf(version.stdout, config.stdout)
  },
  variables: () => ({ index: 'SLURM_ARRAY_TASK_ID', job: 'SLURM_JOB_ID', array: 'SLURM_ARRAY_JOB_ID' }),
  submission: request => sbatch(request, options),
  readSubmission: readSbatch,
  find: name => [['squeue', '--me', '--noheader', '--states=all', `--name=${name}`, '--Format=ArrayJobID:|,Name:|']],
  readFind(answers, name) {
    const failed = answers.find(({ code }) => code !== 0)
    if (failed) return { jobs: undefined, words: failed.stderr }
    const rows = answers.flatMap(({ stdout }) => stdout.split('\n').map(line => line.split('|').map(field => field.trim())))
    // Of a line that was cut, the name may have gone on.
    const ids = rows.filter(([id, found, end]) => /^\d+$/.test(id ?? '') && found === name && end === '').map(([id]) => id!)
    return { jobs: [...new Set(ids)].map(job => ({ job })) }
  },
  look: lookCommands,
  readLook,
  remove(addresses) {
    const ids = addresses.map(show)
    return Array.from({ length: Math.ceil(ids.length / REMOVED_AT_ONCE) }, (_, i) => [
      'scancel',
      ...ids.slice(i * REMOVED_AT_ONCE, (i + 1) * REMOVED_AT_ONCE),
    ])
  },
  readRemoval({ code, stderr }) {
    return { accepted: code === 0 || GONE.test(stderr), transient: TRANSIENT.test(stderr), words: stderr }
  },
  show,
  wasDeleted: ({ job, isArray }) => ({
    command: ['scontrol', '--oneliner', 'show', 'job', isArray ? `${job}_{index}` : job],
    yes: '\\bJobState=CANCELLED\\b',
  }),
  limits: { command: partitionsCommand, read: readPartitions },
  nodes: { command: nodesCommand, read: readNodes },
  check: request => [...pathProblems(request), ...valueProblems(options)],
})

function factsOf(version: string, config: string): ServerFacts {
  const value = (key: string): string | undefined => new RegExp(`^${key}\\s*=\\s*(.*?)\\s*$`, 'm').exec(config)?.[1]
  const number = (key: string): number | undefined => {
    const digits = /^\d+/.exec(value(key) ?? '')?.[0]
    return digits === undefined ? undefined : Number(digits)
  }
  const accounting = value('AccountingStorageType') ?? 'accounting_storage/none'
  const hasAccounting = !accounting.endsWith('/none')
  const minJobAge = number('MinJobAge')
  return {
    scheduler: 'Slurm',
    dialect: 'slurm',
    version: value('SLURM_VERSION') ?? version.trim(),
    // Indices must be below MaxArraySize; 0 and 1 mean none.
    arrays: { least: 1, most: (number('MaxArraySize') ?? 1) > 1 ? number('MaxArraySize')! : 0, throttle: true },
    ...(hasAccounting || minJobAge === undefined ? {} : { historySeconds: minJobAge }),
    notes: [
      hasAccounting ? 'ends of jobs are kept by accounting' : 'no accounting: ends of jobs are known only for a while',
      ...(number('MaxJobCount') === undefined ? [] : [`${number('MaxJobCount')} jobs at most`]),
    ],
    details: { accounting: hasAccounting },
  }
}

const pathProblems = ({ output }: JobRequest): readonly { readonly setting: string; readonly problem: string }[] =>
  output.includes('\\') ? [{ setting: 'output.directory', problem: 'Slurm gives backslashes in paths another meaning' }] : []

const valueProblems = (options: SlurmOptions): readonly { readonly setting: string; readonly problem: string }[] =>
  (['qos', 'constraint', 'reservation', 'gres'] as const).flatMap(setting => {
    const value = options[setting]
    return value === undefined || VALUE.test(value) ? [] : [{ setting, problem: `${JSON.stringify(value)} is not what Slurm takes there` }]
  })
