import type { Task } from '../contracts/index.js'

/** Tasks in their order, of which any may be taken out: the first of all, or the first of some shards, is found without a search. */
export class WaitingTasks {
  readonly #tasks: (Task | undefined)[]
  readonly #places = new Map<Task, number>()
  /** Places of each shard's tasks, ascending, and how many at their beginning are empty by now. */
  readonly #ofShard = new Map<number, { readonly places: number[]; gone: number }>()
  #first = 0

  constructor(tasks: readonly Task[]) {
    this.#tasks = [...tasks]
    tasks.forEach((task, place) => {
      this.#places.set(task, place)
      const shard = this.#ofShard.get(task.shard)
      if (shard) shard.places.push(place)
      else this.#ofShard.set(task.shard, { places: [place], gone: 0 })
    })
  }

  get size(): number {
    return this.#places.size
  }

  /** The first task whose shard may run. Shards that may not are few: those that run. */
  first(mayRun: (shard: number) => boolean): Task | undefined {
    while (this.#first < this.#tasks.length && this.#tasks[this.#first] === undefined) this.#first++
    for (let place = this.#first; place < this.#tasks.length; place++) {
      const task = this.#tasks[place]
      if (task && mayRun(task.shard)) return task
    }
    return undefined
  }

  /** The first task of any of these shards. */
  firstOf(shards: readonly number[]): Task | undefined {
    const places = shards.flatMap(shard => this.#firstPlace(shard) ?? [])
    return places.length === 0 ? undefined : this.#tasks[Math.min(...places)]
  }

  remove(task: Task): void {
    this.#tasks[this.#places.get(task)!] = undefined
    this.#places.delete(task)
  }

  drain(): readonly Task[] {
    const left = [...this.#places.keys()]
    this.#places.clear()
    this.#tasks.length = 0
    this.#ofShard.clear()
    return left
  }

  #firstPlace(shard: number): number | undefined {
    const own = this.#ofShard.get(shard)
    while (own && own.gone < own.places.length && this.#tasks[own.places[own.gone]!] === undefined) own.gone++
    return own?.places[own.gone]
  }
}
