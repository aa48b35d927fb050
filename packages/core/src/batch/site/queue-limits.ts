import type { Diagnosis } from '../../contracts/backend.js'
import type { QueueLimits } from '../../contracts/scheduler.js'
import { nearest } from '../../settings/nearest.js'
import type { BatchSettings } from '../batch-settings.js'
import { formatWalltime } from '../walltime-text.js'

type Asked = Pick<BatchSettings, 'queue' | 'walltime' | 'memory'>

const GB = 1e9
const QUEUES_SHOWN = 12

/** Which jobs are meant, and the settings that mend what is wrong with them. */
interface Subject {
  readonly what: string
  readonly queue: string
  shorter(walltime: string): string
  smaller(memory: string): string
}

const OF_TASKS: Subject = {
  what: 'queue',
  queue: 'backend.queue',
  shorter: walltime => `backend.walltime: '${walltime}', as tasks that need more go on in another job`,
  smaller: memory => `more shards, which need less each, and backend.memoryPerJob: ${memory}`,
}

/** Of jobs that drive or combine a run. */
export const OF_CLIENTS: Subject = {
  what: 'queue of jobs that drive or combine',
  queue: 'output.jobQueue',
  shorter: walltime => `output.jobWalltime: '${walltime}', if combining takes no longer`,
  smaller: memory => `output.jobMemory: ${memory}, if combining needs no more`,
}

/** Whether the queue that jobs go to takes what they ask for. Nothing of schedulers that tell no queues. */
export function diagnoseQueues(queues: readonly QueueLimits[], asked: Asked, of: Subject = OF_TASKS): readonly Diagnosis[] {
  if (queues.length === 0) return []
  const { what } = of
  const found = queues.find(({ name, isDefault }) => (asked.queue === undefined ? isDefault === true : name === asked.queue))
  if (found) return [stateLine(found, of), ...limitLines(found, queues, asked, of)]
  if (asked.queue === undefined) {
    const change = `name one if jobs are refused: ${of.queue} (${namesOf(queues)})`
    return [{ what, level: 'warning', found: 'none is named, and the scheduler names no default', change }]
  }
  const [near] = nearest(
    asked.queue,
    queues.map(({ name }) => name),
  )
  const change = `set ${of.queue}${near === undefined ? '' : ` to ${near}`}: there are ${namesOf(queues)}`
  return [{ what, level: 'problem', found: `there is no queue ${asked.queue}`, change }]
}

function stateLine({ name, takesJobs, startsJobs, maxWalltimeSeconds, maxMemoryBytes }: QueueLimits, { what, queue }: Subject): Diagnosis {
  if (!takesJobs) return { what, level: 'problem', found: `${name} is disabled: it takes no jobs`, change: `name another one: ${queue}` }
  if (!startsJobs) {
    const change = `name another one (${queue}), or wait: jobs start once it is started again`
    return { what, level: 'warning', found: `${name} is stopped: jobs wait there, and do not start`, change }
  }
  const limits = [
    ...(maxWalltimeSeconds === undefined ? [] : [`walltime up to ${formatWalltime(maxWalltimeSeconds)}`]),
    ...(maxMemoryBytes === undefined ? [] : [`memory up to ${gigabytes(maxMemoryBytes)}`]),
  ]
  return { what, level: 'ok', found: [name, ...limits].join(', ') }
}

function limitLines(own: QueueLimits, queues: readonly QueueLimits[], { walltime, memory }: Asked, of: Subject): readonly Diagnosis[] {
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
            what: `walltime of the ${of.what}`,
            level: 'problem' as const,
            found: `${formatWalltime(walltime!)} is asked for, and ${name} takes ${formatWalltime(maxWalltimeSeconds)}`,
            change: `${of.shorter(formatWalltime(maxWalltimeSeconds))}${orElse}`,
          },
        ]
      : []),
    ...((memory ?? 0) > maxMemoryBytes
      ? [
          {
            what: `memory of the ${of.what}`,
            level: 'problem' as const,
            found: `${gigabytes(memory!)} is asked for, and ${name} takes ${gigabytes(maxMemoryBytes)}`,
            change: `${of.smaller(gigabytes(maxMemoryBytes))}${orElse}`,
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
