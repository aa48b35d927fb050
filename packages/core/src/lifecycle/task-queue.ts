import type { BackendCapabilities, Task } from '../contracts/index.js'

/** What a task is expected to cost, in row visits: the order of the queue is longest first (LPT), which keeps the last worker from starting a long one. */
export function expectedCost(task: Task): number {
  return Math.max(1, task.load.rows) * Math.max(1, task.load.draws) * Math.max(1, task.load.dimension)
}

interface Limits {
  readonly parallelTasks: number
  readonly capabilities: Pick<BackendCapabilities, 'supportsSharding' | 'supportsParallelChains' | 'maxParallelShards'>
}

/**
 * The one queue of a run: longest expected task first, under the limits that the backend declares (shards in flight, chains of a shard in flight)
 * and the run sets (tasks in flight). Ties keep the order of the plan.
 */
export class TaskQueue {
  readonly #waiting: Task[]
  readonly #running = new Map<string, Task>()
  readonly #limits: Limits

  constructor(tasks: readonly Task[], limits: Limits) {
    this.#waiting = [...tasks].sort((a, b) => expectedCost(b) - expectedCost(a))
    this.#limits = limits
  }

  get finished(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0
  }

  /** The next task that may start now, marked as running. */
  take(): Task | undefined {
    if (this.#running.size >= this.#limits.parallelTasks) return undefined
    const index = this.#waiting.findIndex(task => this.#mayStart(task))
    if (index < 0) return undefined
    const [task] = this.#waiting.splice(index, 1) as [Task]
    this.#running.set(task.id, task)
    return task
  }

  /** The task ended. */
  release(task: Task): void {
    this.#running.delete(task.id)
  }

  /** The task goes back, before all others: it has waited longest. */
  putBack(task: Task): void {
    this.#running.delete(task.id)
    this.#waiting.unshift(task)
  }

  /** Empties the queue and returns what never started. */
  drain(): readonly Task[] {
    return this.#waiting.splice(0)
  }

  #mayStart(task: Task): boolean {
    const { supportsSharding, supportsParallelChains, maxParallelShards } = this.#limits.capabilities
    const shards = new Set([...this.#running.values()].map(running => running.shard))
    if (shards.has(task.shard)) return supportsParallelChains
    return shards.size < (supportsSharding ? Math.max(1, maxParallelShards) : 1)
  }
}
