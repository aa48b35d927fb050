import type { Model, ShardData } from '@chorale/core/contracts'

/** The columns that a model reads, in memory that other threads can see: as they are if they lie there, as those of a run directory do. */
export const sharedColumns = ({ dataNames }: Model, data: ShardData): readonly (readonly [string, Float64Array])[] =>
  dataNames.map(name => [name, inSharedMemory(data.column(name))])

function inSharedMemory(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values
  const shared = new Float64Array(new SharedArrayBuffer(values.byteLength))
  shared.set(values)
  return shared
}

/** Rows from columns that another thread has sent. */
export function shardDataOf(rows: number, columns: readonly (readonly [string, Float64Array])[]): ShardData {
  const byName = new Map(columns)
  return {
    rows,
    column(name) {
      const values = byName.get(name)
      if (values === undefined) throw new Error(`the model reads the column "${name}" on one thread and not on another`)
      return values
    },
  }
}
