import type { CommandAnswer, SubmissionAnswer } from '@chorale/core/contracts'

import type { PbsDialect } from './dialect.js'
import { fixOfWords, NOT_REACHED } from './error-codes.js'
import { submittedId } from './job-id.js'
import { wordsOf } from './words.js'

const TIMED_OUT = 124
const NOT_EXECUTABLE = 126
const NOT_FOUND = 127
const SIGNALS = 128
const LAST_SIGNAL = 31

/** What became of a qsub. An id counts whatever the code; without one, only an error that the server gave before it took the job is a refusal. */
export function readSubmission(answer: CommandAnswer, { codes }: PbsDialect): SubmissionAnswer {
  const { code, stdout, stderr } = answer
  const job = submittedId(stdout)
  if (job !== undefined) return { kind: 'accepted', job }
  const words = wordsOf(answer)
  if (code === NOT_FOUND || code === NOT_EXECUTABLE) return { kind: 'refused', transient: false, words }
  if (code === TIMED_OUT) return { kind: 'unclear', words: `qsub gave no answer in time: ${words}` }
  if (code === 0) return { kind: 'unclear', words: `qsub said nothing that is the id of a job: ${words}` }
  if (NOT_REACHED.test(stderr)) return { kind: 'refused', transient: true, words }
  const known = codes[code]
  const wasKilled = known === undefined && code > SIGNALS && code <= SIGNALS + LAST_SIGNAL && !/^qsub: /m.test(stderr)
  if (known?.unclear || wasKilled || stderr.trim() === '') return { kind: 'unclear', words: `qsub ended with code ${code}: ${words}` }
  const fix = known?.fix ?? fixOfWords(words)
  return {
    kind: 'refused',
    transient: known?.transient ?? false,
    words: known ? `${words} (code ${code}: ${known.meaning})` : `${words} (code ${code})`,
    ...(fix === undefined ? {} : { fix }),
  }
}
