/**
 * Where an attempt is in its life.
 *
 * `starting`: the transport was asked; the task loads, compiles or waits for a process, and only its time and memory are limited.
 * `running`: it has shown life, and must go on doing so. `stopping`: it was asked to end, keeping what a resume needs.
 * `killing`: it is being ended by force. `ended`: its outcome is known. `abandoned`: it could not be ended, and may still be there.
 */
export type AttemptState = 'starting' | 'running' | 'stopping' | 'killing' | 'ended' | 'abandoned'

/** What may follow what. A result ends an attempt in any state: it is read before a task is declared dead. */
const NEXT: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  starting: ['running', 'stopping', 'killing', 'ended'],
  running: ['stopping', 'killing', 'ended'],
  stopping: ['killing', 'ended'],
  killing: ['ended', 'abandoned'],
  ended: [],
  abandoned: [],
}

export const mayFollow = (from: AttemptState, to: AttemptState): boolean => NEXT[from].includes(to)

export const isOver = (state: AttemptState): boolean => NEXT[state].length === 0
