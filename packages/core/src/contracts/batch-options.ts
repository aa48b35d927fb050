import type { Json } from './json.js'

const text = (description: string): Json => ({ type: 'string', minLength: 1, description })
const lines = (description: string): Json => ({ type: 'array', items: { type: 'string' }, description })
const count = (description: string): Json => ({ type: 'integer', minimum: 1, description })
const duration = (description: string): Json => ({ type: 'number', minimum: 0, description })
const either = (description: string): Json => ({ anyOf: [{ type: 'string' }, { type: 'number', exclusiveMinimum: 0 }], description })

/** The options that every batch backend has, as JSON Schema: for the `properties` of a definition's `options`. See `BatchOptions`. */
export const BATCH_OPTIONS = {
  queue: text("Queue or partition. Default: the site's."),
  account: text('Account that the jobs are charged to.'),
  project: text('Project that the jobs are charged to, where a site asks for one besides the account.'),
  walltime: either('Time limit of one job: HH:MM:SS, D-HH:MM:SS or seconds. A task that needs more goes on in another job.'),
  maxWalltime: either('The most that a job after one that was killed at its walltime may ask for. Default: four times `walltime`.'),
  memoryPerJob: either('Memory of one job, as 4GB or in bytes. Default: what the tasks are estimated to need, and a quarter more.'),
  maxMemoryPerJob: either('The most that a job after one that ran out of memory may ask for. Default: four times the first request.'),
  cpus: count('Cores of one job. Default: 1.'),
  mode: {
    enum: ['auto', 'array', 'single', 'packed'],
    default: 'auto',
    description:
      'Job arrays where the server takes them (`auto`, `array`), one job a task (`single`), or several tasks in each job (`packed`), for sites that give whole nodes.',
  },
  tasksPerJob: count('Tasks of one job in the mode `packed`. Default: its `cpus`.'),
  maxParallelJobs: count('Jobs of an array that run at a time, where the scheduler takes such a limit.'),
  maxArraySize: count("Elements of one array at most. Default: the server's limit."),
  continuations: {
    type: 'integer',
    minimum: 0,
    description:
      'Dependent copies of each job, which go on where it stopped at its walltime while no client is there. Default: 2 after run --detach, and when a client lets go. A number that is set is submitted with the jobs, so that the copies are there too when a client is killed.',
  },
  pollIntervalMin: duration('Seconds between two questions to the scheduler at least. Default: 2.'),
  pollIntervalMax: duration('Seconds between two questions to the scheduler at most. Default: 60.'),
  reasonAfter: duration("Minutes that a job waits before the scheduler's reason is shown. Default: 2."),
  walltimeMargin: duration(
    'Seconds before the walltime at which a task writes its checkpoint and ends, at the latest: three times the slowest checkpoint and the start of the job, where these take longer. Default: 60, or a tenth of a walltime below ten minutes.',
  ),
  sharedFolder: {
    enum: ['check', 'assume'],
    default: 'check',
    description:
      'Whether a run is refused whose folder its jobs cannot see, such as /tmp, or taken as seen by them (`assume`): for a cluster of one node.',
  },
  fileLatency: duration('Seconds that a result may take to show on the shared file system after its job has ended. Default: 120.'),
  node: text('Path of Node on the nodes. Default: that of the client.'),
  env: {
    type: 'object',
    additionalProperties: { type: ['string', 'number'] },
    description: 'Variables of the jobs, kept in a file that only you can read.',
  },
  modules: lines('Environment modules that the jobs load.'),
  prologue: lines('Lines of shell before the tasks.'),
  epilogue: lines('Lines of shell after the tasks.'),
  directives: lines('Directives of the scheduler as its manual writes them, without the prefix.'),
  shell: text('Shell that runs the script. Default: /bin/sh.'),
  template: text('Text of a job script of your own, with {{directives}}, {{prologue}}, {{run}} and {{epilogue}} where these belong.'),
} as const satisfies Readonly<Record<string, Json>>

/** The options that every batch backend has, beside those of its scheduler. A definition's schema lists those that it takes. */
export interface BatchOptions {
  /** Queue or partition. Default: the site's. */
  readonly queue?: string
  readonly account?: string
  readonly project?: string
  /** `HH:MM:SS`, `D-HH:MM:SS` or seconds: the limit of one job. */
  readonly walltime?: string | number
  /** The largest walltime that a retry may ask for. Default: four times `walltime`. */
  readonly maxWalltime?: string | number
  /** Memory of one job: `4GB` or bytes. Default: the estimate and a quarter more. */
  readonly memoryPerJob?: string | number
  /** The most that a retry may ask for. Default: four times the first request. */
  readonly maxMemoryPerJob?: string | number
  /** Default 1. */
  readonly cpus?: number
  /** `auto` (default): arrays where the server takes them. `packed`: several tasks in each job, as many at a time as it has cores. */
  readonly mode?: 'auto' | 'array' | 'single' | 'packed'
  /** Tasks of one job in the mode `packed`. Default: its `cpus`. */
  readonly tasksPerJob?: number
  /** Jobs of this run that the scheduler may run at a time, where it takes such a limit. */
  readonly maxParallelJobs?: number
  /** Elements of one array at most; also limited by the server. */
  readonly maxArraySize?: number
  /**
   * Dependent copies of each job, which go on where it stopped at its walltime while no client is there. Default 2, for a detached run and when a client lets go. A number that
   * is set is submitted with the jobs by every client, so that the copies are there too when it is killed.
   */
  readonly continuations?: number
  /** Seconds between two polls at least. Default 2. */
  readonly pollIntervalMin?: number
  /** Seconds between two polls at most. Default 60. */
  readonly pollIntervalMax?: number
  /** Minutes that a job waits before it is said why. Default 2. */
  readonly reasonAfter?: number
  /**
   * Seconds before the walltime at which a task checkpoints, at the latest: three times its slowest checkpoint and the start of its job are kept free where these take longer.
   * Default 60, or a tenth of a walltime below ten minutes.
   */
  readonly walltimeMargin?: number
  /**
   * What a run does where its jobs cannot see its folder, as far as this machine can tell. `check` (default): it is refused. `assume`: they see it, as on a cluster of one node.
   */
  readonly sharedFolder?: 'check' | 'assume'
  /** Seconds for which a job that the scheduler does not know any more may still show its result. Default 120. */
  readonly fileLatency?: number
  /** Path of Node on the nodes. Default: that of this process. */
  readonly node?: string
  /** Variables of the job, written to a file that only the user can read. */
  readonly env?: Readonly<Record<string, string | number>>
  /** Environment modules to load. */
  readonly modules?: readonly string[]
  /** Lines of shell before and after the tasks. */
  readonly prologue?: readonly string[]
  readonly epilogue?: readonly string[]
  /** Directives as the scheduler's manual writes them, without the prefix: `--constraint=avx512`. */
  readonly directives?: readonly string[]
  /** Shell that runs the script. Default `/bin/sh`. */
  readonly shell?: string
  /** Text of a script of one's own, with `{{directives}}`, `{{prologue}}`, `{{run}}`, `{{epilogue}}` where these belong. */
  readonly template?: string
}
