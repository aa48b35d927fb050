/** A thread or process that runs one task at a time. */
export interface PoolWorker {
  readonly idle: boolean
  /** May still run tasks. */
  readonly usable: boolean
  end(): Promise<void>
}

/** Workers that are made when they are needed and used again. One that has ended, or was told to, is never used again. */
export class WorkerPool<W extends PoolWorker> {
  readonly #workers = new Set<W>()
  readonly #make: () => W

  constructor(make: () => W) {
    this.#make = make
  }

  /** The oldest idle worker, whose code is the warmest; otherwise a new one. */
  idle(): W {
    for (const worker of this.#workers) {
      if (worker.idle) return worker
      if (!worker.usable) this.#workers.delete(worker)
    }
    const worker = this.#make()
    this.#workers.add(worker)
    return worker
  }

  usable(): readonly W[] {
    return [...this.#workers].filter(({ usable }) => usable)
  }

  async close(): Promise<void> {
    await Promise.all(this.usable().map(worker => worker.end()))
    this.#workers.clear()
  }
}
