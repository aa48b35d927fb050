/** What `core` asks of a batch scheduler: commands as argument vectors out, answers in. An adapter reads and writes no file and starts no process. */

/** A command and its arguments; never goes through a shell. */
export type CommandLine = readonly [string, ...string[]]

/** What a command answered: its exit code (124 after a timeout, 126 or 127 when it could not be started), and its output without the last line feed. */
export interface CommandAnswer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command of the scheduler. Resolves whatever it answers. */
export type Ask = (command: CommandLine) => Promise<CommandAnswer>

/** A job as its submission named it (`12`, `12[].server`), or one element of an array job. */
export interface JobAddress {
  readonly job: string
  readonly index?: number
}

/** `ending`: the scheduler still cleans up; no end is known yet. `unknown`: a word that the adapter does not know; the job is kept. */
export type JobState = 'waiting' | 'held' | 'running' | 'ending' | 'ended' | 'unknown'

/**
 * Why a job ended, as far as the scheduler says. `exit`: the script's own exit code. `deleted`: by a user or an administrator. `node`: the node failed, or the
 * job was preempted. `requeued`: it will run again under the same id. `never-ran`: it ended without having started. `dependency`: what it waited for failed.
 */
export type JobEndCause =
  'completed' | 'exit' | 'walltime' | 'memory' | 'cputime' | 'deleted' | 'node' | 'requeued' | 'never-ran' | 'dependency' | 'unknown'

/** How a job ended. It never decides whether a task succeeded: the task's own record does. */
export interface JobEnd {
  readonly cause: JobEndCause
  /** Of the script, where the scheduler keeps it. */
  readonly exitCode?: number
  /** Number of the signal that ended it. */
  readonly signal?: number
  /** The scheduler's own words: `TIMEOUT`, `Exit_status -29, and exceeded resource walltime`. */
  readonly words: string
}

/**
 * What the scheduler says of a job. A view of an array job without `index` holds for all elements that have no view of their own in the same look.
 */
export interface JobView extends JobAddress {
  readonly name?: string
  readonly state: JobState
  /** The scheduler's own word: `PENDING`, `Q`. */
  readonly word: string
  /** Why it waits, in the scheduler's words. */
  readonly reason?: string
  /** It waits for something that cannot happen: more memory than any node has, a partition that is gone. */
  readonly neverRuns?: boolean
  /** How often it was started, where the scheduler counts. */
  readonly runs?: number
  readonly node?: string
  /** For `ended`, where the scheduler still knows. */
  readonly end?: JobEnd
}

/** What one look brought. */
export interface LookAnswer {
  readonly views: readonly JobView[]
  /** Every command answered as it should, so that a job without a view is one that the scheduler does not know (any more). */
  readonly complete: boolean
  /** What could not be read, in words: refused connections, truncated answers, lines of a strange form. */
  readonly problems: readonly string[]
}

/** What job arrays the server takes. */
export interface ArrayFacts {
  /** Elements of an array at least: OpenPBS takes no array of one. */
  readonly least: number
  /** At most; 0: no arrays. */
  readonly most: number
  /** Takes a limit of elements that run at a time. */
  readonly throttle: boolean
  /** Index of the first element: 0 (default), or 1 where the scheduler takes no 0 (Grid Engine, LSF). */
  readonly firstIndex?: 0 | 1
}

/** What the server can do. */
export interface ServerFacts {
  /** `Slurm`, `OpenPBS`, ...: for messages. */
  readonly scheduler: string
  /** For adapters that know several: `openpbs`, `torque`. */
  readonly dialect: string
  readonly version: string
  readonly arrays: ArrayFacts
  /** Seconds for which the ends of jobs can be asked; 0: not at all. Absent: not known. */
  readonly historySeconds?: number
  /** For `doctor` and the log: what the server said, and what is odd about it. */
  readonly notes: readonly string[]
  /** Whatever else the adapter wants to remember between its calls. */
  readonly details?: { readonly [name: string]: string | number | boolean }
}

/** A job to be submitted. */
export interface JobRequest {
  /** A letter and twelve of `a-z2-7`: unique, and what a submission without an answer is looked up by. */
  readonly name: string
  /** Elements `first`, ..., `last` of an array job, `first` as in the server's facts; `atOnce` of them at a time. */
  readonly array?: { readonly first: number; readonly last: number; readonly atOnce?: number }
  /** Absolute path of the script. */
  readonly script: string
  /**
   * Absolute path of the existing folder for what the scheduler itself writes of the job, standard output and error together, in files `<name>.<index>.out`; index 0 where
   * there is no array.
   */
  readonly output: string
  readonly queue?: string
  readonly account?: string
  readonly project?: string
  readonly walltimeSeconds?: number
  readonly memoryBytes?: number
  readonly cpus: number
  /** Seconds before the walltime at which the script wants to be warned with TERM, where the scheduler can do that. */
  readonly warnSeconds?: number
  /** Runs after that job, element by element where it can, however it ended. */
  readonly after?: JobAddress
  /** Runs after all of these jobs, arrays as a whole, however they ended. Never together with `after`. */
  readonly afterAll?: readonly JobAddress[]
  /** Accepted but not started: to see whether the site takes it. */
  readonly held?: boolean
}

/** What became of a submission. `unclear`: it may be on the server; core looks for it by name before it tries again. */
export type SubmissionAnswer =
  | { readonly kind: 'accepted'; readonly job: string }
  /** `transient`: the same may be accepted in a minute. `fix`: a setting or a command that helps. */
  | { readonly kind: 'refused'; readonly transient: boolean; readonly words: string; readonly fix?: string }
  | { readonly kind: 'unclear'; readonly words: string }

/** `jobs` undefined: the answer could not be read, so it says nothing. */
export interface FindAnswer {
  readonly jobs: readonly JobAddress[] | undefined
  readonly words?: string
}

/** What became of a request to remove jobs. Core looks afterwards whether they are gone. */
export interface RemovalAnswer {
  /** Done, or nothing to do as the job has ended. */
  readonly accepted: boolean
  readonly transient: boolean
  readonly words: string
}

/** A queue or partition, and what one job may ask for there; a limit that is absent is none, or none that the scheduler tells. */
export interface QueueLimits {
  readonly name: string
  /** Jobs go there that name no queue. */
  readonly isDefault?: boolean
  readonly takesJobs: boolean
  /** False: jobs wait there until somebody starts the queue. */
  readonly startsJobs: boolean
  readonly maxWalltimeSeconds?: number
  readonly maxMemoryBytes?: number
}

/** A node, and what it has in all, whoever uses it. */
export interface NodeSize {
  readonly name: string
  readonly cpus: number
  readonly memoryBytes?: number
  /** Queues whose jobs may run there; absent where the scheduler does not tell. */
  readonly queues?: readonly string[]
}

/** A question that a job on a node asks its scheduler, where the nodes have its commands. */
export interface NodeQuestion {
  /** `{index}` in a word stands for the index of the asking job's element. */
  readonly command: CommandLine
  /** A regular expression; an answer that has it anywhere, `^` and `$` for lines, says yes. */
  readonly yes: string
}

/** Names of environment variables inside a job. */
export interface JobVariables {
  /** Index of the array element: `SLURM_ARRAY_TASK_ID`. Only elements of arrays read it. */
  readonly index: string
  /** Id of the job: `SLURM_JOB_ID`. */
  readonly job: string
  /** Id of the whole array inside its elements, where there is such a variable: `SLURM_ARRAY_JOB_ID`. */
  readonly array?: string
}

/**
 * A batch scheduler: a plain object of pure functions, one file, no import of ours. ``host.batchBackend` turns it into a backend that submits, adopts, polls,
 * retries, cancels and resumes. Every command gets an environment of its own with few variables (`HOME`, `USER`, `PATH`, ... and `environment`), `LC_ALL=C`,
 * no standard input (but for `scriptAs`), and a time limit.
 */
export interface SchedulerAdapter {
  /** For messages: `Slurm`. */
  readonly scheduler: string
  /** Programs that must be there: `sbatch`, `squeue`, ... */
  readonly commands: readonly string[]
  /** Variables of the user's environment that the commands need: `SLURM_CONF`. */
  readonly environment?: readonly string[]
  /** How directives begin in a script: `#SBATCH`. */
  readonly directivePrefix: string
  /** Asks what the server is and can do. Throws a coded error when it does not answer. */
  identify(ask: Ask): Promise<ServerFacts>
  variables(facts: ServerFacts): JobVariables
  /**
   * How the command of `submission` gets the script: its path as a word (`word`, default), or the script itself as standard input (`input`), as LSF's `bsub` reads
   * the directives in it.
   */
  readonly scriptAs?: 'word' | 'input'
  /** Everything on the command line; the directives that the user added stand in the script, where the command line wins over them. */
  submission(request: JobRequest, facts: ServerFacts): CommandLine
  readSubmission(answer: CommandAnswer, facts: ServerFacts): SubmissionAnswer
  /** Looks for jobs of this user with this name, whatever their state. */
  find(name: string, facts: ServerFacts): readonly CommandLine[]
  readFind(answers: readonly CommandAnswer[], name: string, facts: ServerFacts): FindAnswer
  /**
   * `live`: cheap, often; jobs that ended need not be in the answer. `ends`: for a few jobs, everything that is known of them. Only these jobs are asked for.
   * Addresses without an index mean the whole job, with all elements of an array.
   */
  look(detail: 'live' | 'ends', addresses: readonly JobAddress[], facts: ServerFacts): readonly CommandLine[]
  readLook(detail: 'live' | 'ends', answers: readonly CommandAnswer[], facts: ServerFacts): LookAnswer
  /** As few commands as the lengths of command lines allow. */
  remove(addresses: readonly JobAddress[], facts: ServerFacts): readonly CommandLine[]
  readRemoval(answer: CommandAnswer, facts: ServerFacts): RemovalAnswer
  /** The address as the scheduler's commands take it: `12_3`, `12[3].server`. */
  show(address: JobAddress): string
  /** For `doctor`: the queues of the server and what they take. Absent where the scheduler does not tell. */
  readonly limits?: {
    readonly command: CommandLine
    /** None of an answer that cannot be read. */
    read(answer: CommandAnswer, facts: ServerFacts): readonly QueueLimits[]
  }
  /** For `doctor`: the nodes, whether or not they work at the moment. Absent where the scheduler does not tell. */
  readonly nodes?: {
    readonly command: CommandLine
    /** None of an answer that cannot be read, or where the command does not exist. */
    read(answer: CommandAnswer, facts: ServerFacts): readonly NodeSize[]
  }
  /**
   * Whether somebody deleted this job, or the asking job's element of this array. A copy of a job that goes on after it ends its tasks then. Absent: the scheduler does not
   * tell, and copies go on.
   */
  wasDeleted?(job: { readonly job: string; readonly isArray: boolean }, facts: ServerFacts): NodeQuestion | undefined
  /** What is wrong with a request, before anything is submitted: names that this scheduler does not take, options that exclude each other. */
  check?(request: JobRequest, facts: ServerFacts): readonly { readonly setting: string; readonly problem: string }[]
}
