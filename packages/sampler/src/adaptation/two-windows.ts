import type { SavedState, Stateful } from '../chain/saved-state.js'
import { joinStates, stateOf } from './nested-state.js'
import type { RunningMoments } from './welford.js'

/**
 * Running moments of a recent stretch of warm-up: a foreground window that is read, and a background window that began later and takes its place at a
 * switch, so that what is old is forgotten and there is always something to read.
 */
export interface TwoWindows extends Stateful {
  add(x: Float64Array): void
  /** Vectors in the foreground window. */
  count(): number
  backgroundCount(): number
  /** Moments of the foreground window. */
  read(): Float64Array
  switch(): void
}

export function twoWindows(makeMoments: () => RunningMoments): TwoWindows {
  let foreground = makeMoments()
  let background = makeMoments()
  return {
    add(x) {
      foreground.add(x)
      background.add(x)
    },
    count: () => foreground.count(),
    backgroundCount: () => background.count(),
    read: () => foreground.read(),
    switch() {
      const old = foreground
      foreground = background
      background = old
      background.reset()
    },
    save: (): SavedState => joinStates({ foreground: foreground.save(), background: background.save() }),
    restore(saved) {
      foreground.restore(stateOf('foreground', saved))
      background.restore(stateOf('background', saved))
    },
  }
}
