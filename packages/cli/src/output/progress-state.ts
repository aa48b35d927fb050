import type { PlanFacts, RunEvent, Stage, Warning } from '@chorale/core'

/** Where a run stands, from its events alone. */
export interface ProgressState {
  readonly plan?: PlanFacts
  readonly stage?: { readonly name: Stage; readonly detail: string }
  /** Iterations done of each task that runs or has ended. */
  readonly tasks: ReadonlyMap<string, TaskProgress>
  readonly retries: number
  /** Chains that earlier processes have finished. */
  readonly finishedBefore: number
  /** What was warned of since the plan: said once, at the end. */
  readonly warnings: readonly Warning[]
}

interface TaskProgress {
  readonly kind: 'sample' | 'evaluate' | 'conditional' | 'other'
  readonly done: number
  readonly total: number
  readonly divergences: number
  readonly status: 'running' | 'completed' | 'failed' | 'stopped'
}

export const INITIAL: ProgressState = { tasks: new Map(), retries: 0, finishedBefore: 0, warnings: [] }

/** The next state. */
export function advance(state: ProgressState, event: RunEvent): ProgressState {
  switch (event.type) {
    case 'plan':
      return { ...state, plan: event.plan }
    case 'stage':
      return { ...state, stage: { name: event.stage, detail: event.detail } }
    case 'task':
      return advanceTask(state, event.event)
    case 'warning':
      return state.plan ? { ...state, warnings: [...state.warnings, event.warning] } : state
    case 'restart':
      return state
  }
}

type TaskEvent = Extract<RunEvent, { type: 'task' }>['event']

function advanceTask(state: ProgressState, event: TaskEvent): ProgressState {
  const known: TaskProgress = state.tasks.get(event.task) ?? {
    kind: kindOf(event.task),
    done: 0,
    total: 0,
    divergences: 0,
    status: 'running',
  }
  const next = changed(known, event)
  return { ...state, retries: state.retries + (event.type === 'retrying' ? 1 : 0), tasks: new Map(state.tasks).set(event.task, next) }
}

function changed(task: TaskProgress, event: TaskEvent): TaskProgress {
  switch (event.type) {
    case 'progress':
      return { ...task, done: event.done, total: event.total, divergences: event.divergences }
    case 'completed':
      return { ...task, done: task.total, status: 'completed' }
    case 'failed':
    case 'stopped':
      return { ...task, status: event.type }
    case 'retrying':
      return { ...task, done: 0 }
    default:
      return task
  }
}

const KINDS = ['sample', 'evaluate', 'conditional'] as const

const kindOf = (task: string): TaskProgress['kind'] => KINDS.find(kind => task.startsWith(`${kind}-`)) ?? 'other'

/** Chains finished, share of all iterations done (`fraction`) and of those that were left to this process (`ownFraction`), divergences. */
export function samplingProgress({ plan, tasks, finishedBefore }: ProgressState) {
  const chains = [...tasks.values()].filter(task => task.kind === 'sample')
  const planned = Math.max(plan ? plan.shards * plan.chains : 0, finishedBefore + chains.length)
  const own = planned - finishedBefore
  const finished = chains.filter(task => task.status === 'completed').length
  const done = chains.reduce((total, task) => total + (task.status === 'completed' ? 1 : task.total > 0 ? task.done / task.total : 0), 0)
  return {
    finished: finishedBefore + finished,
    planned,
    fraction: planned === 0 ? 0 : (finishedBefore + done) / planned,
    ownFraction: own === 0 ? 1 : done / own,
    divergences: chains.reduce((total, task) => total + task.divergences, 0),
  }
}

/** Shards evaluated. */
export const evaluationProgress = (state: ProgressState) => shardProgress(state, 'evaluate')

/** Shards whose local parameters are drawn. */
export const localsProgress = (state: ProgressState) => shardProgress(state, 'conditional')

function shardProgress({ plan, tasks }: ProgressState, kind: TaskProgress['kind']) {
  const ofKind = [...tasks.values()].filter(task => task.kind === kind)
  return { finished: ofKind.filter(task => task.status === 'completed').length, planned: plan?.shards ?? ofKind.length }
}
