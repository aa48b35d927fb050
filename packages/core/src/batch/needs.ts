import type { Task } from '../contracts/task.js'
import { estimateMemory } from '../lifecycle/memory-estimate.js'
import type { BatchSettings } from './batch-settings.js'
import type { Intent } from './submission-records.js'
import type { TaskStopped, TaskFailure } from '../contracts/task.js'
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

/** What its next job asks for: twice of what was too little, up to the most that the settings allow. */
export function nextNeeds(
  task: Task,
  settings: BatchSettings,
  { walltimeSeconds, memoryBytes }: Pick<Intent, 'walltimeSeconds' | 'memoryBytes'>,
  because: TaskFailure | TaskStopped,
  idle: boolean,
): PlannedTask {
  const cause = 'cause' in because ? because.cause : idle ? 'walltime' : undefined
  const first = firstNeeds(task, settings)
  const mostMemory = settings.maxMemory ?? MOST_MEMORY * first.memory!
  const memory = memoryBytes ?? first.memory!
  return {
    id: task.id,
    walltime:
      cause === 'walltime' && walltimeSeconds !== null
        ? Math.max(walltimeSeconds, Math.min(DOUBLED * walltimeSeconds, settings.maxWalltime ?? Infinity))
        : walltimeSeconds,
    memory: cause === 'memory' ? wholeMebibytes(Math.max(memory, Math.min(DOUBLED * memory, mostMemory))) : memory,
  }
}
