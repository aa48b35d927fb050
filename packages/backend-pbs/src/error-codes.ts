/** What the exit codes of PBS's commands mean. They are error numbers of the server modulo 256, and each dialect has its own. */
export interface ErrorCode {
  readonly meaning: string
  /** Worth another try in a minute. */
  readonly transient?: boolean
  /** The server may have taken the job before the error. */
  readonly unclear?: boolean
  readonly fix?: string
}

type Codes = Readonly<Record<number, ErrorCode>>

const QUEUE = 'set backend.queue to one of those that `qstat -Q` lists'
const LIMITS = 'ask for less (backend.walltime, backend.memoryPerJob, backend.cpus), or for another queue (backend.queue)'

/** OpenPBS 23: `PBSE_*` of pbs_error.h. */
export const OPENPBS_CODES: Codes = {
  1: { meaning: 'the command was not understood' },
  2: { meaning: 'the command was not understood' },
  3: { meaning: 'the array is longer than the server allows', fix: 'set backend.maxArraySize' },
  6: { meaning: 'select and nodes exclude each other', fix: 'take `-l nodes=` out of backend.directives' },
  32: { meaning: 'a hook of the site rejected the job' },
  35: { meaning: 'the job has finished' },
  38: { meaning: 'the limit of queued jobs is reached', transient: true },
  39: { meaning: 'the limit of queued jobs is reached', transient: true },
  153: { meaning: 'unknown job' },
  159: { meaning: 'not allowed' },
  162: { meaning: 'system error, or no connection to the server', unclear: true },
  166: { meaning: 'a resource or attribute has a value that it cannot have', fix: LIMITS },
  168: { meaning: 'the job is in a state that does not allow it', transient: true },
  170: { meaning: 'unknown queue', fix: QUEUE },
  171: { meaning: 'invalid credential', transient: true },
  175: { meaning: 'this user may not run jobs', fix: 'submit as a normal user of the cluster' },
  183: { meaning: 'protocol error', unclear: true },
  186: { meaning: 'no server', transient: true },
  187: {
    meaning: 'unknown resource',
    fix: 'correct backend.select and backend.directives, or leave out what the site does not know with backend.skipDirectives',
  },
  188: { meaning: 'more than the queue allows', fix: LIMITS },
  198: { meaning: 'a limit of jobs is reached', transient: true },
  212: { meaning: 'the server is shutting down', unclear: true },
  222: { meaning: 'the server cannot reach the node', transient: true },
}

/** TORQUE 6, whose numbers differ. */
export const TORQUE_CODES: Codes = {
  1: { meaning: 'the command was not understood' },
  2: { meaning: 'the command was not understood' },
  111: { meaning: 'no connection to the server', transient: true },
  153: { meaning: 'unknown job' },
  168: { meaning: 'a resource or attribute has a value that it cannot have', fix: LIMITS },
  170: { meaning: 'the job is in a state that does not allow it' },
  172: { meaning: 'unknown queue', fix: QUEUE },
  177: { meaning: 'this user may not run jobs from this host', fix: 'submit as a normal user of the cluster, on a host that may submit' },
  189: {
    meaning: 'unknown resource',
    fix: 'correct backend.nodes and backend.directives, or leave out what the site does not know with backend.skipDirectives',
  },
  190: { meaning: 'more than the queue or any node allows', fix: LIMITS },
  193: { meaning: 'the array is longer than the server allows', fix: 'set backend.maxArraySize' },
  205: { meaning: 'the server cannot reach the node', transient: true },
  208: { meaning: 'the job that it depends on is not known' },
  228: { meaning: 'the queue has as many jobs as it may have', transient: true },
}

/** Whatever the code: the server was not reached, so it has not taken the job. */
export const NOT_REACHED =
  /cannot connect to server|connection refused|errno=15010|reserved ports in use|invalid credential|couldn't connect/i

/** Fixes that the words of a site's hook or server ask for. */
export function fixOfWords(words: string): string | undefined {
  if (/project/i.test(words)) return 'set backend.project'
  if (/account|allocation|charge/i.test(words)) return 'set backend.account'
  if (/walltime/i.test(words)) return 'set backend.walltime to a limit that the site allows'
  if (/\bmem(ory)?\b/i.test(words)) return 'set backend.memoryPerJob to what the site allows'
  if (/filesystems|storage/i.test(words)) return 'say what the site asks for in backend.directives, such as "-l filesystems=home"'
  return undefined
}
