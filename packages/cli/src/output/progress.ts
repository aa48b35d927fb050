import type { RunEvent } from '@chorale/core'

import { advance, INITIAL, type ProgressState } from './progress-state.js'
import { linesView } from './progress-lines.js'

/** Shows how a run goes on, on standard error. */
export interface Progress {
  readonly observe: (event: RunEvent) => void
  /** A line for people, between the progress. */
  note(line: string): void
  end(how: 'done' | 'stopped' | 'failed'): Promise<void>
}

/** How the state is shown: live on a terminal, a line every few seconds in a log file. */
export interface ProgressView {
  /** After every event. */
  update(state: ProgressState, event: RunEvent): void
  note(line: string): void
  end(how: 'done' | 'stopped' | 'failed'): Promise<void>
}

/** Live progress where standard error is a terminal, lines otherwise. */
export function startProgress(): Progress {
  let state = INITIAL
  let view: ProgressView = linesView(() => state)
  const pending = process.stderr.isTTY ? import('./progress-live.js').then(({ liveView }) => void (view = liveView(() => state))) : Promise.resolve()
  return {
    observe(event) {
      state = advance(state, event)
      view.update(state, event)
    },
    note: line => view.note(line),
    async end(how) {
      await pending
      await view.end(how)
    },
  }
}
