import type { CommandAnswer, FindAnswer } from '@chorale/core/contracts'

import { addressOf } from './job-id.js'
import { wordsOf } from './words.js'

/** Ids that qselect printed, one a line. Elements stand for their array. */
export function readFind(answers: readonly CommandAnswer[]): FindAnswer {
  const failed = answers.find(({ code, stderr }) => code !== 0 || /not configured to maintain job history/i.test(stderr))
  if (failed) return { jobs: undefined, words: `qselect ended with code ${failed.code}: ${wordsOf(failed)}` }
  const lines = answers.flatMap(({ stdout }) => stdout.split('\n')).map(line => line.trim())
  const jobs = new Set(lines.flatMap(line => addressOf(line)?.job ?? []))
  return { jobs: [...jobs].map(job => ({ job })) }
}
