import { BATCH_OPTIONS, type BatchOptions, type JsonSchemaObject } from '@chorale/core/contracts'

export type PbsDialectName = 'openpbs' | 'torque'

/** Parts of the command line that a site may not take. */
export type SkippableDirective = 'walltime' | 'memory' | 'cpus' | 'umask' | 'output' | 'rerunnable' | 'shell'

export interface PbsOptions extends BatchOptions {
  /** Which PBS it is. Default: what `qstat --version` says. PBS Pro is `openpbs`. */
  readonly dialect?: PbsDialectName | 'pbspro'
  /** OpenPBS: the whole selection, instead of `1:ncpus={cpus}:mem={memory}`, in which these two are filled in: `1:ncpus={cpus}:mem={memory}:cputype=rome`. */
  readonly select?: string
  /** OpenPBS: `excl`, `scatter`, ... */
  readonly place?: string
  /** TORQUE: the nodes, instead of `1:ppn={cpus}`, in which `{cpus}` is filled in. */
  readonly nodes?: string
  /** What is not to be asked for on the command line. */
  readonly skipDirectives?: readonly SkippableDirective[]
}

/** Names and chunks as PBS writes them: nothing in them begins an option, or means anything to a shell. */
const NAME = '^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,199}$'
const CHUNKS = '^[A-Za-z0-9_][A-Za-z0-9_:=+.{}/-]*$'
const PLACE = '^[A-Za-z0-9_][A-Za-z0-9_:=]*$'
const SKIPPABLE: readonly SkippableDirective[] = ['walltime', 'memory', 'cpus', 'umask', 'output', 'rerunnable', 'shell']

/** The options of `backend`, checked before anything runs. */
export const pbsOptions: JsonSchemaObject = {
  type: 'object',
  properties: {
    ...BATCH_OPTIONS,
    queue: { type: 'string', pattern: NAME, description: "Queue. Default: the site's." },
    account: { type: 'string', pattern: NAME, description: 'Account that the jobs are charged to (-A).' },
    project: { type: 'string', pattern: NAME, description: 'Project that the jobs are charged to (-P). OpenPBS only.' },
    dialect: { enum: ['openpbs', 'pbspro', 'torque'], description: 'Which PBS it is. Default: what `qstat --version` says.' },
    select: {
      type: 'string',
      pattern: CHUNKS,
      description:
        'OpenPBS: the whole selection, with `{cpus}` and `{memory}` where these belong: `1:ncpus={cpus}:mem={memory}:cputype=rome`.',
    },
    place: { type: 'string', pattern: PLACE, description: 'OpenPBS: placement, such as `excl`.' },
    nodes: { type: 'string', pattern: CHUNKS, description: 'TORQUE: the nodes, with `{cpus}`: `1:ppn={cpus}:bigmem`.' },
    skipDirectives: {
      type: 'array',
      items: { enum: SKIPPABLE },
      description: 'What jobs are not to ask for on the command line, where the site refuses it or sets it itself.',
    },
  },
  additionalProperties: false,
}
