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
 * and the run sets (tasks in flight). Ties keep the order of the plan. No limit is below one task and one shard, so that a run always gets on.
 */
export class TaskQueue {
  readonly #waiting: Task[]
  readonly #running = new Set<Task>()
  /** Shards of tasks that could not be killed: each still takes up a slot and its shard's memory. */
  readonly #abandoned: number[] = []
  readonly #parallelTasks: number
  readonly #parallelShards: number
  readonly #parallelChains: boolean

  constructor(tasks: readonly Task[], { parallelTasks, capabilities }: Limits) {
    this.#waiting = [...tasks].sort((a, b) => expectedCost(b) - expectedCost(a))
    this.#parallelTasks = Math.max(1, parallelTasks)
    this.#parallelShards = capabilities.supportsSharding ? Math.max(1, capabilities.maxParallelShards) : 1
    this.#parallelChains = capabilities.supportsParallelChains
  }

  get finished(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0
  }

  /** The next task that may start now, marked as running. */
  take(): Task | undefined {
    if (this.#running.size + this.#abandoned.length >= this.#parallelTasks) return undefined
    const shards = new Set([...this.#abandoned, ...[...this.#running].map(({ shard }) => shard)])
    const index = this.#waiting.findIndex(({ shard }) => (shards.has(shard) ? this.#parallelChains : shards.size < this.#parallelShards))
    if (index < 0) return undefined
    const [task] = this.#waiting.splice(index, 1) as [Task]
    this.#running.add(task)
    return task
  }

  /** The task's attempt ended. */
  release(task: Task): void {
    this.#running.delete(task)
  }

  /** The task's attempt is over, but it could not be killed. */
  abandon(task: Task): void {
    this.#running.delete(task)
    this.#abandoned.push(task.shard)
  }

  /** The task goes back, before all others: it has waited longest. */
  putBack(task: Task): void {
    this.#waiting.unshift(task)
  }

  /** Empties the queue and returns what waited in it. */
  drain(): readonly Task[] {
    return this.#waiting.splice(0)
  }
}
