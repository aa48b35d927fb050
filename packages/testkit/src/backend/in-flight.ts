import type { Task } from '@chorale/core/contracts'

/** Which tasks were in flight at a time. */
export class InFlight {
  readonly #tasks = new Map<string, Task>()
  /** Ids of tasks that have begun. */
  readonly begun = new Set<string>()
  mostTasks = 0
  mostShards = 0
  mostChains = 0
  /** How often a task was begun. */
  starts = 0

  begin(task: Task): void {
    this.starts++
    this.begun.add(task.id)
    this.#tasks.set(task.id, task)
    const byShard = new Map<number, number>()
    for (const { shard } of this.#tasks.values()) byShard.set(shard, (byShard.get(shard) ?? 0) + 1)
    this.mostTasks = Math.max(this.mostTasks, this.#tasks.size)
    this.mostShards = Math.max(this.mostShards, byShard.size)
    this.mostChains = Math.max(this.mostChains, ...byShard.values())
  }

  end(id: string): void {
    this.#tasks.delete(id)
  }

  get now(): number {
    return this.#tasks.size
  }
}
