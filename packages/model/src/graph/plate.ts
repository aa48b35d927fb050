/** A named axis of independent elements: rows of the data, groups, or a fixed number of things. Two plates are the same only if they are one object. */
export interface Plate {
  readonly name: string
  readonly size: number
  /** What may happen to it when data are sharded: `rows` are split, `local` groups stay whole in one shard, `fixed` is in every shard. */
  readonly role: 'rows' | 'local' | 'fixed'
  /** Place among the axes of an array: lower numbers are outer. Rows are outermost. */
  readonly order: number
}
