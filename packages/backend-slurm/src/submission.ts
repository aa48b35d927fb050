import type { CommandAnswer, CommandLine, JobAddress, JobRequest, SubmissionAnswer } from '@chorale/core/contracts'

import type { SlurmOptions } from './options.js'

const MIB = 1024 * 1024
/** Slurm looks at the clock once a minute: its warning of a short job could come before the job has begun. */
const WARNED_FROM_SECONDS = 300

/** In names of output files `%` introduces a variable. */
const literally = (path: string): string => path.replaceAll('%', '%%')

/** Slurm keeps minutes; fewer seconds than asked for would end a job before its own deadline. */
const minutes = (seconds: number): string => String(Math.ceil(seconds / 60))

const dependency = ({ job, index }: JobAddress): string => (index === undefined ? job : `${job}_${index}`)

/** The `sbatch` command of a job. Whatever the user's environment says of sbatch, or holds of secrets, stays where it is. */
export function sbatch(
  request: JobRequest,
  { qos, constraint, reservation, gres }: Pick<SlurmOptions, 'qos' | 'constraint' | 'reservation' | 'gres'>,
): CommandLine {
  const {
    name,
    array,
    script,
    output,
    queue,
    account,
    project,
    walltimeSeconds,
    memoryBytes,
    cpus,
    warnSeconds,
    after,
    afterAll = [],
    held,
  } = request
  const awaited = [...(after ? [after] : []), ...afterAll]
  const option = (flag: string, value: string | undefined): readonly string[] => (value === undefined ? [] : [`--${flag}=${value}`])
  const warned = walltimeSeconds !== undefined && walltimeSeconds >= WARNED_FROM_SECONDS && warnSeconds !== undefined
  return [
    'sbatch',
    '--parsable',
    '--export=NIL',
    `--job-name=${name}`,
    ...option('array', array && `${array.first}-${array.last}${array.atOnce === undefined ? '' : `%${array.atOnce}`}`),
    `--output=${literally(output)}/${name}.${array ? '%a' : '0'}.out`,
    '--open-mode=append',
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...option('time', walltimeSeconds === undefined ? undefined : minutes(walltimeSeconds)),
    ...option('mem', memoryBytes === undefined ? undefined : `${Math.ceil(memoryBytes / MIB)}M`),
    ...option('signal', warned ? `B:TERM@${Math.max(1, Math.round(warnSeconds / 2))}` : undefined),
    ...option('partition', queue),
    ...option('account', account),
    ...option('wckey', project),
    ...option('qos', qos),
    ...option('constraint', constraint),
    ...option('reservation', reservation),
    ...option('gres', gres),
    ...option('dependency', awaited.length === 0 ? undefined : `afterany:${awaited.map(dependency).join(':')}`),
    '--requeue',
    ...(held ? ['--hold'] : []),
    script,
  ]
}

/** The request may have arrived though its answer did not. */
const UNCLEAR = /Socket timed out|Zero Bytes were transmitted|Unexpected message received|Connection reset|Broken pipe/i
const TRANSIENT =
  /Unable to contact slurm controller|temporarily unable|Resource temporarily unavailable|Connection refused|Slurm backup controller|job submit limit|MaxSubmitJob|Maximum number of jobs/i

/** What Slurm complains of, and the setting that is meant. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/Invalid partition name|invalid partition specified/i, 'set backend.queue to one of the partitions that sinfo lists'],
  [/Invalid account|account.*partition combination/i, 'set backend.account, and backend.queue where it goes with the account'],
  [/Invalid qos/i, 'set backend.qos to one that your account has: sacctmgr show associations user=$USER'],
  [/wckey/i, 'set backend.project to a wckey of yours, or remove it'],
  [
    /Requested node configuration is not available|Memory specification can not be satisfied/i,
    'ask for less with backend.memoryPerJob or backend.cpus, or for another backend.queue',
  ],
  [
    /time limit is invalid|Invalid --time|exceeds.*time limit/i,
    'set backend.walltime to no more than the partition allows: sinfo --format="%P %l"',
  ],
  [/Invalid job array|array size/i, 'set backend.maxArraySize to what the site allows'],
  [/Invalid feature/i, 'set backend.constraint to features that sinfo --format="%P %f" lists'],
  [/Invalid generic resource/i, 'set backend.gres to what sinfo --format="%P %G" lists'],
  [/Access.permission denied|User.s group not permitted/i, 'ask the site for access to the partition, or set another backend.queue'],
]

export function readSbatch({ code, stdout, stderr }: CommandAnswer): SubmissionAnswer {
  const words = (stderr.trim() || stdout.trim() || `exit code ${code}`).replaceAll(/\s*\n\s*/g, '; ')
  if (code === 0) {
    // Sites print more: the id stands alone in its line, with the name of the cluster where there are several.
    const id = stdout
      .split('\n')
      .map(line => /^(\d+)(?:;[\w.-]+)?$/.exec(line.trim())?.[1])
      .findLast(found => found !== undefined)
    return id === undefined ? { kind: 'unclear', words } : { kind: 'accepted', job: id }
  }
  if (code === 124 || (code > 128 && code < 160) || UNCLEAR.test(words)) return { kind: 'unclear', words }
  const fix = HINTS.find(([pattern]) => pattern.test(words))?.[1]
  return { kind: 'refused', transient: TRANSIENT.test(words), words, ...(fix === undefined ? {} : { fix }) }
}
