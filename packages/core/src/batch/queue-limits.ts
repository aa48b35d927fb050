import type { Diagnosis } from '../contracts/backend.js'
import type { QueueLimits } from '../contracts/scheduler.js'
import { nearest } from '../settings/nearest.js'
import type { BatchSettings } from './batch-settings.js'
import { formatWalltime } from './walltime-text.js'

type Asked = Pick<BatchSettings, 'queue' | 'walltime' | 'memory'>

const GB = 1e9
const QUEUES_SHOWN = 12

/** Whether the queue that jobs go to takes what they ask for. Nothing of schedulers that tell no queues. */
export function diagnoseQueues(queues: readonly QueueLimits[], asked: Asked): readonly Diagnosis[] {
  if (queues.length === 0) return []
  const what = 'queue'
  const found = queues.find(({ name, isDefault }) => (asked.queue === undefined ? isDefault === true : name === asked.queue))
  if (found) return [stateLine(found), ...limitLines(found, queues, asked)]
  if (asked.queue === undefined) {
    const change = `name one if jobs are refused: backend.queue (${namesOf(queues)})`
    return [{ what, level: 'warning', found: 'none is named, and the scheduler names no default', change }]
  }
  const [near] = nearest(
    asked.queue,
    queues.map(({ name }) => name),
  )
  const change = `set backend.queue${near === undefined ? '' : `: did you mean ${near}?`} There are: ${namesOf(queues)}`
  return [{ what, level: 'problem', found: `there is no queue ${asked.queue}`, change }]
}

function stateLine({ name, takesJobs, startsJobs, maxWalltimeSeconds, maxMemoryBytes }: QueueLimits): Diagnosis {
  const what = 'queue'
  if (!takesJobs)
    return { what, level: 'problem', found: `${name} is disabled: it takes no jobs`, change: 'name another one: backend.queue' }
  if (!startsJobs) {
    const change = 'name another one (backend.queue), or wait: jobs start once it is started again'
    return { what, level: 'warning', found: `${name} is stopped: jobs wait there, and do not start`, change }
  }
  const limits = [
    ...(maxWalltimeSeconds === undefined ? [] : [`walltime up to ${formatWalltime(maxWalltimeSeconds)}`]),
    ...(maxMemoryBytes === undefined ? [] : [`memory up to ${gigabytes(maxMemoryBytes)}`]),
  ]
  return { what, level: 'ok', found: [name, ...limits].join(', ') }
}

function limitLines(own: QueueLimits, queues: readonly QueueLimits[], { walltime, memory }: Asked): readonly Diagnosis[] {
  const { name, maxWalltimeSeconds = Infinity, maxMemoryBytes = Infinity } = own
  const fitting = queues.filter(
    queue =>
      queue !== own &&
      queue.takesJobs &&
      queue.startsJobs &&
      (queue.maxWalltimeSeconds ?? Infinity) >= (walltime ?? 0) &&
      (queue.maxMemoryBytes ?? Infinity) >= (memory ?? 0),
  )
  const orElse = fitting.length === 0 ? '' : `; or name a queue that takes it: ${namesOf(fitting)}`
  return [
    ...((walltime ?? 0) > maxWalltimeSeconds
      ? [
          {
            what: 'walltime of the queue',
            level: 'problem' as const,
            found: `${formatWalltime(walltime!)} is asked for, and ${name} takes ${formatWalltime(maxWalltimeSeconds)}`,
            change: `backend.walltime: '${formatWalltime(maxWalltimeSeconds)}', as tasks that need more go on in another job${orElse}`,
          },
        ]
      : []),
    ...((memory ?? 0) > maxMemoryBytes
      ? [
          {
            what: 'memory of the queue',
            level: 'problem' as const,
            found: `${gigabytes(memory!)} is asked for, and ${name} takes ${gigabytes(maxMemoryBytes)}`,
            change: `more shards, which need less each, and backend.memoryPerJob: ${gigabytes(maxMemoryBytes)}${orElse}`,
          },
        ]
      : []),
  ]
}

function namesOf(queues: readonly QueueLimits[]): string {
  const names = queues.map(({ name }) => name)
  return names.length <= QUEUES_SHOWN ? names.join(', ') : `${names.slice(0, QUEUES_SHOWN).join(', ')}, ...`
}

const gigabytes = (bytes: number): string => `${(bytes / GB).toFixed(1)}GB`
