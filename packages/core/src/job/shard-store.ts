import type { Table } from '../contracts/data-source.js'
import type { Task } from '../contracts/task.js'
import { readColumnsFile } from '../run-directory/columns-file.js'
import { shardFile } from '../run-directory/layout.js'
import { SharedMemory } from './shared-memory.js'

/** Shards without a task that stay in memory: the next chain of one may start right after another has ended. */
const KEPT_IDLE = 2

/** The rows of a shard, in memory that threads share. */
export interface SharedRows {
  /** Equal for equal rows. */
  readonly key: string
  readonly table: Table
}

/** The rows that a task borrows. */
export interface BorrowedRows {
  /** undefined where they cannot be loaded. */
  readonly rows: Promise<SharedRows | undefined>
  /** To be called once, when the task has ended. */
  giveBack(): void
}

interface Entry {
  readonly table: Promise<Table>
  users: number
}

/** Shards' rows in shared memory: loaded once in this process however many threads need them, and let go when no task of the shard is left. */
export class ShardStore {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  readonly #onForget: (key: string) => void
  readonly #memory = new SharedMemory()

  /** `onForget`: the rows of this key are not needed any more, wherever they still are. */
  constructor(onForget: (key: string) => void) {
    this.#onForget = onForget
  }

  /** Keys of the shards that are in memory, the one that was used last at the end. */
  get keys(): readonly string[] {
    return [...this.#entries.keys()]
  }

  borrow(runDirectory: string, { shard, data }: Task): BorrowedRows {
    if (data.kind !== 'columns') return { rows: Promise.resolve(undefined), giveBack: () => undefined }
    const path = shardFile(runDirectory, data.directory, shard)
    const key = `${data.digest} ${path}`
    const entry = this.#entries.get(key) ?? { table: readColumnsFile(path, data.digest, bytes => this.#memory.take(bytes)), users: 0 }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.users++
    this.#forgetIdle()
    return {
      rows: entry.table.then(
        table => ({ key, table }),
        () => {
          // Whoever needs them next looks again.
          if (this.#entries.get(key) === entry) this.#entries.delete(key)
          return undefined
        },
      ),
      giveBack: () => {
        entry.users--
        this.#forgetIdle()
      },
    }
  }

  clear(): void {
    this.#entries.clear()
  }

  #forgetIdle(): void {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0)
    for (const [key, { table }] of idle.slice(0, Math.max(0, idle.length - KEPT_IDLE))) {
      this.#entries.delete(key)
      this.#onForget(key)
      void table.then(
        ({ columns }) => this.#memory.giveBack(columns[0]?.values.buffer),
        () => undefined,
      )
    }
  }
}
