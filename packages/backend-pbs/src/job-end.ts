import type { JobEnd, JobEndCause } from '@chorale/core/contracts'

import { secondsOf } from './seconds.js'

type Attributes = ReadonlyMap<string, string>
interface Meaning {
  readonly cause: JobEndCause
  readonly words: string
}

const SIGNAL = 256
const SIGTERM = 15
/** Of its walltime used, at which a job that was ended by TERM was ended for that. */
const NEARLY_ALL = 0.95

/** `JOB_EXEC_*` of OpenPBS's job.h, as far as a user meets them. */
const OPENPBS: Readonly<Record<number, Meaning>> = {
  [-1]: { cause: 'never-ran', words: 'could not be started, before its files were there' },
  [-2]: { cause: 'never-ran', words: 'could not be started' },
  [-3]: { cause: 'requeued', words: 'could not be started and is tried again' },
  [-10]: { cause: 'never-ran', words: 'the node does not know the user' },
  [-11]: { cause: 'requeued', words: 'runs again' },
  [-20]: { cause: 'node', words: 'lost its first node and runs again' },
  [-24]: { cause: 'unknown', words: 'used more processors than it had asked for' },
  [-25]: { cause: 'unknown', words: 'used more processors than it had asked for' },
  [-26]: { cause: 'memory', words: 'exceeded its virtual memory' },
  [-27]: { cause: 'memory', words: 'exceeded its memory' },
  [-28]: { cause: 'cputime', words: 'exceeded its processor time' },
  [-29]: { cause: 'walltime', words: 'exceeded its walltime' },
}

/** The same of TORQUE's. */
const TORQUE: Readonly<Record<number, Meaning>> = {
  [-1]: { cause: 'never-ran', words: 'could not be started, before its files were there' },
  [-2]: { cause: 'never-ran', words: 'could not be started' },
  [-3]: { cause: 'requeued', words: 'could not be started and is tried again' },
  [-4]: { cause: 'node', words: 'was ended as its node began anew' },
  [-5]: { cause: 'node', words: 'was ended as its node began anew' },
  [-6]: { cause: 'node', words: 'was ended as its node began anew' },
  [-9]: { cause: 'never-ran', words: 'its output could not be written' },
  [-10]: { cause: 'memory', words: 'exceeded its memory' },
  [-11]: { cause: 'walltime', words: 'exceeded its walltime' },
  [-12]: { cause: 'cputime', words: 'exceeded its processor time' },
}

/** How a job of OpenPBS ended, from its record in the history. */
export function openPbsEnd(of: Attributes): JobEnd {
  const status = numberOf(of.get('Exit_status'))
  const comment = of.get('comment')
  const words = [status === undefined ? 'no Exit_status' : `Exit_status ${status}`, comment].filter(Boolean).join(', ')
  const started = of.has('stime')
  // 91 is "terminated": by qdel, whatever the exit status says, which for an element that had not started is 0.
  if (of.get('substate') === '91' && !endedByLimit(of)) {
    const by = /terminated by (\S+)/.exec(comment ?? '')?.[1]
    return end('deleted', status, `${words}: ${started ? 'deleted' : 'deleted before it started'}${by ? ` by ${by}` : ''}`)
  }
  if (status === undefined) {
    if (of.get('substate') === '92' && !started)
      return end('dependency', status, `${words}: a job that it depends on failed, or does not exist`)
    return end('never-ran', status, `${words}: it never ran`)
  }
  return ordinaryEnd(OPENPBS, of, status, words)
}

/** How a job of TORQUE ended, while it is kept in the state C. */
export function torqueEnd(of: Attributes): JobEnd {
  const status = numberOf(of.get('exit_status'))
  const comment = of.get('comment')
  const words = [status === undefined ? 'no exit_status' : `exit_status ${status}`, comment].filter(Boolean).join(', ')
  if (/deleted as result of dependency/i.test(comment ?? '')) return end('dependency', status, words)
  if (status === undefined) return end('deleted', status, `${words}: deleted before it started`)
  return ordinaryEnd(TORQUE, of, status, words)
}

function ordinaryEnd(codes: Readonly<Record<number, Meaning>>, of: Attributes, status: number, words: string): JobEnd {
  const known = codes[status]
  if (known) return end(known.cause, status, `${words}: ${known.words}`)
  if (status < 0) return end('unknown', status, words)
  if (status === 0) return end('completed', status, words)
  if (endedByLimit(of) && (status === SIGNAL + SIGTERM || status === 128 + SIGTERM))
    return end('walltime', status, `${words}, after its whole walltime`)
  if (status === SIGNAL + SIGTERM) return end('deleted', status, `${words}: ended by qdel`)
  if (status > SIGNAL) return { cause: 'exit', exitCode: 128 + status - SIGNAL, signal: status - SIGNAL, words }
  return end('exit', status, words)
}

/** Older servers say of a job at its walltime what they say of one that was deleted. */
function endedByLimit(of: Attributes): boolean {
  const used = secondsOf(of.get('resources_used.walltime'))
  const limit = secondsOf(of.get('Resource_List.walltime'))
  return used !== undefined && limit !== undefined && used >= NEARLY_ALL * limit && !/terminated by/.test(of.get('comment') ?? '')
}

const end = (cause: JobEndCause, status: number | undefined, words: string): JobEnd => ({
  cause,
  ...(status !== undefined && status >= 0 && status < SIGNAL ? { exitCode: status } : {}),
  words,
})

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}
