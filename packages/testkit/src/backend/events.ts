import type { TaskEvent, TaskHooks } from '@chorale/core/contracts'
import { demand, isPlain, type Check } from '../check.js'
import { usualRun } from './evidence.js'
import { isFinal, observe, ranToEnd, type ObservedRun } from './observed-run.js'
import { declares, type BackendTrial } from './trial.js'

const TYPES: readonly TaskEvent['type'][] = [
  'submitted',
  'started',
  'progress',
  'checkpoint',
  'retrying',
  'stopped',
  'log',
  'completed',
  'failed',
]

/** More than a queue of events that is cut off would hold. */
const MANY_LINES = 500
/** An event tells how far a task is: no list of numbers in it is longer than this. */
const NUMBERS_AT_MOST = 16

const ofTask = ({ events }: ObservedRun, id: string): readonly TaskEvent[] => events.filter(({ task }) => task === id)

function eventProblem(event: TaskEvent): string | undefined {
  if (!TYPES.includes(event.type)) return `"${String(event.type)}" is no type of event; known are ${TYPES.join(', ')}`
  if (!Number.isInteger(event.attempt) || event.attempt < 0) return `the attempt of a ${event.type} event is ${String(event.attempt)}`
  if (typeof event.at !== 'number') return `at of a ${event.type} event must be milliseconds since 1970`
  return undefined
}

/** Whether a list of more numbers than an event needs is in it, typed arrays included. */
function holdsDraws(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (ArrayBuffer.isView(value)) return value.byteLength > 8 * NUMBERS_AT_MOST
  if (Array.isArray(value) && value.length > NUMBERS_AT_MOST && value.every(x => typeof x === 'number')) return true
  return Object.values(value).some(holdsDraws)
}

/** Lines that a task reports, one event each. */
function report({ attempt, emit }: TaskHooks, task: string): void {
  for (let i = 0; i < MANY_LINES; i++) emit({ type: 'log', task, attempt, at: 0, level: 'info', line: `line ${i}` })
}

/** What a backend tells of its tasks. */
export const eventChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'ends every task in exactly one event',
    run: async trial => {
      const run = await usualRun(trial)
      for (const { id } of run.tasks) {
        const finals = ofTask(run, id).filter(isFinal)
        demand(
          finals.length === 1,
          () => `${id} ended ${finals.length} times (${finals.map(({ type }) => type).join(', ') || 'no final event'})`,
        )
      }
    },
  },
  {
    name: 'names only the tasks that it was given',
    run: async trial => {
      const run = await usualRun(trial)
      const stranger = run.events.find(({ task }) => run.tasks.every(({ id }) => id !== task))
      demand(stranger === undefined, () => `a ${stranger?.type ?? ''} event names ${String(stranger?.task)}, which was not given to run`)
    },
  },
  {
    name: 'says nothing of a task after its end',
    run: async trial => {
      const run = await usualRun(trial)
      for (const { id } of run.tasks) {
        const events = ofTask(run, id)
        const late = events.slice(events.findIndex(isFinal)).find(event => !isFinal(event))
        demand(late === undefined || !events.some(isFinal), () => `a ${late?.type ?? ''} event of ${id} came after its final event`)
      }
    },
  },
  {
    name: 'tells plain events of the known types',
    run: async trial => {
      const run = await usualRun(trial)
      for (const event of run.events) {
        const problem = eventProblem(event)
        demand(problem === undefined, () => problem ?? '')
        const foreign = Object.entries(event).find(([, value]) => !isPlain(value) && !ArrayBuffer.isView(value))
        demand(
          foreign === undefined,
          () => `"${foreign?.[0] ?? ''}" of a ${event.type} event is not plain JSON: events are stored and sent`,
        )
      }
    },
  },
  {
    name: 'keeps draws out of its events',
    run: async trial => {
      const run = await usualRun(trial)
      const event = run.events.find(holdsDraws)
      demand(
        event === undefined,
        () => `a ${event?.type ?? ''} event holds more than ${NUMBERS_AT_MOST} numbers: draws are files that a result names`,
      )
    },
  },
  {
    name: 'tells of every task that it has started',
    run: async (trial, scope) => {
      const direct = await observe(trial, scope, { shards: 1, chains: 1, length: 'short' })
      const told: TaskEvent[] = []
      await direct.context.runTask(direct.tasks[0]!, { attempt: 1, emit: event => void told.push(event), shouldStop: () => false })
      if (!told.some(({ type }) => type === 'started')) return
      const run = await usualRun(trial)
      const silent = run.tasks.find(({ id }) => !ofTask(run, id).some(({ type }) => type === 'started'))
      demand(
        silent === undefined,
        () => `${silent?.id ?? ''} told that it started, and that was not passed on: only progress may be dropped`,
      )
    },
  },
  {
    name: 'passes on what tasks report, in their order',
    requires: [declares('sameProcess', true)],
    run: async (trial, scope) => {
      const beforeTask = ({ id }: { readonly id: string }, hooks: TaskHooks): void => report(hooks, id)
      const run = await ranToEnd(trial, scope, { shards: 1, chains: 1, length: 'short' }, { beforeTask })
      for (const { id } of run.tasks) {
        const lines = ofTask(run, id).flatMap(event => (event.type === 'log' && event.line.startsWith('line ') ? [event.line] : []))
        const inOrder = lines.every((line, i) => line === `line ${i}`)
        demand(
          lines.length === MANY_LINES && inOrder,
          () => `${id} reported ${MANY_LINES} lines; ${lines.length} arrived: only progress may be dropped`,
        )
      }
    },
  },
]
