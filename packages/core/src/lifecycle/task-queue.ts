import type { BackendCapabilities, Task } from '../contracts/index.js'
import { memoryNeeds, type MemoryNeeds } from './memory-estimate.js'
import { WaitingTasks } from './waiting-tasks.js'

/** What a task is expected to cost, in row visits: the order of the queue is longest first (LPT), which keeps the last worker from starting a long one. */
export function expectedCost(task: Task): number {
  return Math.max(1, task.load.rows) * Math.max(1, task.load.draws) * Math.max(1, task.load.dimension)
}

interface Limits {
  readonly parallelTasks: number
  readonly memoryBytes: number
  /** The most that a task was seen to use so far; counts where it is more than expected. */
  readonly seenBytes: (task: Task) => number
  readonly capabilities: Pick<BackendCapabilities, 'supportsSharding' | 'supportsParallelChains' | 'maxParallelShards' | 'isolation'>
}

/**
 * The one queue of a run: longest expected task first, under the limits that the backend declares (shards in flight, chains of a shard in flight)
 * and the run sets (tasks in flight, and the memory that they are expected to use). Ties keep the order of the plan. No limit is below one task and one
 * shard, so that a run always gets on. A task that waits for memory is waited for: smaller ones that overtake it could keep it waiting for ever.
 *
 * Each operation takes time that depends on the tasks in flight, not on those that wait.
 */
export class TaskQueue {
  readonly #waiting: WaitingTasks
  /** Tasks to be tried again, before all others. */
  readonly #again: Task[] = []
  readonly #running = new Set<Task>()
  /** Tasks that could not be killed: each still takes up a slot and memory. */
  readonly #abandoned: Task[] = []
  /** Tasks of each shard, running or abandoned. */
  readonly #ofShard = new Map<number, number>()
  readonly #limits: Limits
  readonly #needs: MemoryNeeds

  constructor(tasks: readonly Task[], limits: Limits) {
    this.#waiting = new WaitingTasks([...tasks].sort((a, b) => expectedCost(b) - expectedCost(a)))
    this.#limits = limits
    this.#needs = memoryNeeds(limits.capabilities)
  }

  get finished(): boolean {
    return this.#waiting.size === 0 && this.#again.length === 0 && this.#running.size === 0
  }

  /** The next task that may start now, marked as running. */
  take(): Task | undefined {
    if (this.#running.size + this.#abandoned.length >= Math.max(1, this.#limits.parallelTasks)) return undefined
    const task = this.#again.find(waiting => this.#shardMayRun(waiting.shard)) ?? this.#nextWaiting()
    if (!task || !this.#fits(task)) return undefined
    const again = this.#again.indexOf(task)
    if (again >= 0) this.#again.splice(again, 1)
    else this.#waiting.remove(task)
    this.#ofShard.set(task.shard, (this.#ofShard.get(task.shard) ?? 0) + 1)
    this.#running.add(task)
    return task
  }

  /** The task's attempt ended. */
  release(task: Task): void {
    this.#running.delete(task)
    const left = this.#ofShard.get(task.shard)! - 1
    if (left > 0) this.#ofShard.set(task.shard, left)
    else this.#ofShard.delete(task.shard)
  }

  /** The task's attempt is over, but it could not be killed. */
  abandon(task: Task): void {
    this.#running.delete(task)
    this.#abandoned.push(task)
  }

  /** The task goes back, before all others: it has waited longest. */
  putBack(task: Task): void {
    this.#again.unshift(task)
  }

  /** Empties the queue and returns what waited in it. */
  drain(): readonly Task[] {
    return [...this.#again.splice(0), ...this.#waiting.drain()]
  }

  #shardMayRun(shard: number): boolean {
    const { supportsSharding, supportsParallelChains, maxParallelShards } = this.#limits.capabilities
    if (this.#ofShard.has(shard)) return supportsParallelChains
    return this.#ofShard.size < (supportsSharding ? Math.max(1, maxParallelShards) : 1)
  }

  #nextWaiting(): Task | undefined {
    const { supportsSharding, supportsParallelChains, maxParallelShards } = this.#limits.capabilities
    const full = this.#ofShard.size >= (supportsSharding ? Math.max(1, maxParallelShards) : 1)
    if (!full) return this.#waiting.first(shard => supportsParallelChains || !this.#ofShard.has(shard))
    return supportsParallelChains ? this.#waiting.firstOf([...this.#ofShard.keys()]) : undefined
  }

  /** One task may always run: a limit that is too low for it is the run's to report, by what happens. */
  #fits(task: Task): boolean {
    if (this.#running.size === 0) return true
    const tasks = [...this.#abandoned, ...this.#running, task]
    const shards = new Map(tasks.map(({ shard, load }) => [shard, load]))
    const shared = [...shards.values()].reduce((total, load) => total + this.#needs.shard(load), 0)
    const own = tasks.reduce((total, one) => total + Math.max(this.#needs.task(one.load), this.#limits.seenBytes(one)), 0)
    return this.#needs.base + shared + own <= this.#limits.memoryBytes
  }
}
