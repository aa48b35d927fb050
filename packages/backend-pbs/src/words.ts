import type { CommandAnswer } from '@chorale/core/contracts'

/** What a command said, in one line. */
export const wordsOf = ({ stdout, stderr }: CommandAnswer): string =>
  (stderr.trim() || stdout.trim() || 'nothing').replaceAll(/\s*\n\s*/g, '; ').slice(0, 500)
