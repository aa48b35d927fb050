import type { Json } from './json.js'

const text = (description: string): Json => ({ type: 'string', minLength: 1, description })
const lines = (description: string): Json => ({ type: 'array', items: { type: 'string' }, description })
const count = (description: string): Json => ({ type: 'integer', minimum: 1, description })
const seconds = (description: string): Json => ({ type: 'number', minimum: 0, description })
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
      'Dependent copies of the jobs of a detached run: they go on where a job stopped at its walltime while no client is there. Default: 2 after run --detach; a client that stays submits none.',
  },
  pollIntervalMin: seconds('Seconds between two questions to the scheduler at least. Default: 2.'),
  pollIntervalMax: seconds('Seconds between two questions to the scheduler at most. Default: 60.'),
  reasonAfter: seconds("Minutes that a job waits before the scheduler's reason is shown. Default: 2."),
  walltimeMargin: seconds(
    'Seconds before the walltime at which a task writes its checkpoint and ends, at the latest: three times the slowest checkpoint and the start of the job, where these take longer. Default: 60, or a tenth of a walltime below ten minutes.',
  ),
  sharedFolder: {
    enum: ['check', 'assume'],
    default: 'check',
    description:
      'Whether a run is refused whose folder its jobs cannot see, such as /tmp, or taken as seen by them (`assume`): for a cluster of one node.',
  },
  fileLatency: seconds('Seconds that a result may take to show on the shared file system after its job has ended. Default: 120.'),
  node: text('Path of Node on the nodes. Default: that of the client.'),
  env: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Variables of the jobs, kept in a file that only you can read.',
  },
  modules: lines('Environment modules that the jobs load.'),
  prologue: lines('Lines of shell before the tasks.'),
  epilogue: lines('Lines of shell after the tasks.'),
  directives: lines('Directives of the scheduler as its manual writes them, without the prefix.'),
  shell: text('Shell that runs the script. Default: /bin/sh.'),
  template: text('Text of a job script of your own, with {{directives}}, {{prologue}}, {{run}} and {{epilogue}} where these belong.'),
} as const satisfies Readonly<Record<string, Json>>
