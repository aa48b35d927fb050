import type { CommandAnswer, RemovalAnswer } from '@chorale/core/contracts'

import type { PbsDialect } from './dialect.js'
import { wordsOf } from './words.js'

/** Lines of qdel that say that nothing is to be done: of several jobs, the exit code tells one. */
const GONE = /Unknown Job Id|Job has finished|nonexistent job id|invalid state for job - COMPLETE/i

export function readRemoval(answer: CommandAnswer, { codes }: PbsDialect): RemovalAnswer {
  const complaints = answer.stderr.split('\n').filter(line => line.trim() !== '' && !GONE.test(line))
  const isDone = answer.code === 0 || (complaints.length === 0 && answer.stderr.trim() !== '')
  // Of a request that did not reach the server, or that came at a bad moment, the next may.
  return {
    accepted: isDone,
    transient: !isDone && (codes[answer.code]?.transient ?? codes[answer.code]?.meaning !== 'not allowed'),
    words: wordsOf(answer),
  }
}
