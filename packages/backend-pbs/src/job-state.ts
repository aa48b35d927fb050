import type { JobState } from '@chorale/core/contracts'

/** Letters of both dialects. A job that was moved to another server (M) is asked for until it is known again; one that is suspended has not ended. */
const STATES: Readonly<Record<string, JobState>> = {
  Q: 'waiting',
  W: 'waiting',
  T: 'waiting',
  H: 'held',
  R: 'running',
  B: 'running',
  S: 'running',
  U: 'running',
  E: 'ending',
  X: 'ended',
  F: 'ended',
  C: 'ended',
}

export const stateOf = (letter: string): JobState => STATES[letter] ?? 'unknown'
