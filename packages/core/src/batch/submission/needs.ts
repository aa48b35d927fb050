import type { Task } from '../../contracts/task.js'
import { estimateMemory } from '../../lifecycle/memory-estimate.js'
import type { BatchSettings } from '../batch-settings.js'
import type { Intent } from './submission-records.js'
import type { TaskStopped, TaskFailure } from '../../contracts/task.js'
import type { PlannedTask } from './submission-plan.js'

const MIB = 1024 * 1024
/** Above the estimate: page tables, the system's own, a garbage collector that takes its time. */
const HEADROOM = 1.25
const MOST_MEMORY = 4
const DOUBLED = 2

/** Rounded up to whole MiB, which every scheduler understands. */
const wholeMebibytes = (bytes: number): number => Math.ceil(bytes / MIB) * MIB

function firstMemory({ load }: Task, { memory, mode, tasksPerJob, cpus }: BatchSettings): number {
  if (memory !== undefined) return wholeMebibytes(memory)
  const atOnce = mode === 'packed' ? Math.min(tasksPerJob, cpus) : 1
  return wholeMebibytes(HEADROOM * atOnce * 1e9 * estimateMemory(load, 1, { isolation: 'process' }))
}

/** What a task's first job asks for. */
export const firstNeeds = (task: Task, settings: BatchSettings): PlannedTask => ({
  id: task.id,
  walltime: settings.walltime ?? null,
  memory: firstMemory(task, settings),
})

/** What its job asks for after another one, whoever submitted that: no less, but what the settings allow now. */
export function laterNeeds(
  task: Task,
  settings: BatchSettings,
  { walltimeSeconds, memoryBytes }: Pick<Intent, 'walltimeSeconds' | 'memoryBytes'>,
): PlannedTask {
  const { id, walltime, memory } = firstNeeds(task, settings)
  const { maxWalltime = Infinity, maxMemory = Infinity } = settings
  return {
    id,
    walltime: walltime === null || walltimeSeconds === null ? walltime : Math.max(walltime, Math.min(walltimeSeconds, maxWalltime)),
    memory: Math.max(memory!, Math.min(memoryBytes ?? 0, maxMemory)),
  }
}

/** What its next job asks for: twice of what was too little, up to the most that the settings allow. */
export function nextNeeds(
  task: Task,
  settings: BatchSettings,
  before: Pick<Intent, 'walltimeSeconds' | 'memoryBytes'>,
  because: TaskFailure | TaskStopped,
  idle: boolean,
): PlannedTask {
  const cause = 'cause' in because ? because.cause : idle ? 'walltime' : undefined
  const { id, walltime, memory } = laterNeeds(task, settings, before)
  const twice = (asked: number | null, most: number): number => Math.min(DOUBLED * (asked ?? 0), most)
  const mostMemory = settings.maxMemory ?? MOST_MEMORY * firstNeeds(task, settings).memory!
  return {
    id,
    walltime:
      cause === 'walltime' && walltime !== null
        ? Math.max(walltime, twice(before.walltimeSeconds, settings.maxWalltime ?? Infinity))
        : walltime,
    memory: cause === 'memory' ? wholeMebibytes(Math.max(memory!, twice(before.memoryBytes, mostMemory))) : memory,
  }
}
