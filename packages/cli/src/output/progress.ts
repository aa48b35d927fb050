import type { RunEvent, Warning } from '@chorale/core'

import { advance, INITIAL, type ProgressState } from './progress-state.js'
import { linesView } from './progress-lines.js'

/** Shows how a run goes on, on standard error. */
export interface Progress {
  readonly observe: (event: RunEvent) => void
  /** A line for people, between the progress. */
  note(line: string): void
  /** What was warned of and has not been shown. */
  warnings(): readonly Warning[]
  end(how: Ending): Promise<void>
}

export type Ending = 'done' | 'stopped' | 'failed'

/** How much is said. */
export interface ProgressDetail {
  /** Also how each task begins and ends. */
  readonly verbose: boolean
}

/** How the state is shown: live on a terminal, a line every few seconds in a log file. */
export interface ProgressView {
  /** After every event. */
  update(event: RunEvent): void
  note(line: string): void
  end(how: Ending): Promise<void>
}

/** A terminal that can be redrawn in place: one that says how wide it is, and that understands control sequences. */
const isRedrawable = (): boolean => process.stderr.isTTY && process.stderr.columns > 0 && process.env['TERM'] !== 'dumb'

/** Live progress where standard error is a terminal, lines otherwise. */
export async function startProgress(detail: ProgressDetail): Promise<Progress> {
  let state = INITIAL
  const current = (): ProgressState => state
  const view: ProgressView = isRedrawable() ? (await import('./progress-live.js')).liveView(current, detail) : linesView(current, detail)
  return {
    observe(event) {
      state = advance(state, event)
      view.update(event)
    },
    note: line => view.note(line),
    warnings: () => state.warnings,
    end: how => view.end(how),
  }
}
