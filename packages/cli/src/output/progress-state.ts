import type { PlanFacts, RunEvent, RunProgress, Stage, Warning } from '@chorale/core'

/** Where a run stands, from its events alone. */
export interface ProgressState {
  readonly plan?: PlanFacts
  readonly stage?: { readonly name: Stage; readonly detail: string }
  /** Of the chains; undefined before the first report. */
  readonly sampling?: RunProgress
  /** Tasks that have ended well in this stage and are no chains: each a shard at some positions. */
  readonly rounds: number
  readonly retries: number
  /** What was warned of since the plan: said once, at the end. */
  readonly warnings: readonly Warning[]
}

export const INITIAL: ProgressState = { rounds: 0, retries: 0, warnings: [] }

/** The next state. */
export function advance(state: ProgressState, event: RunEvent): ProgressState {
  switch (event.type) {
    case 'plan':
      return { ...state, plan: event.plan }
    case 'stage':
      return { ...state, stage: { name: event.stage, detail: event.detail }, rounds: 0 }
    case 'progress':
      return { ...state, sampling: event.progress }
    case 'task':
      return advanceTask(state, event.event)
    case 'warning':
      return state.plan ? { ...state, warnings: [...state.warnings, event.warning] } : state
    case 'note':
    case 'restart':
      return state
  }
}

function advanceTask(state: ProgressState, { type, task }: Extract<RunEvent, { type: 'task' }>['event']): ProgressState {
  if (type === 'retrying') return { ...state, retries: state.retries + 1 }
  return type === 'completed' && !task.startsWith('sample-') ? { ...state, rounds: state.rounds + 1 } : state
}
