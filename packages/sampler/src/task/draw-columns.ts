import { NUTS_EXTRA_FIELDS, NUTS_MORE_FIELDS } from '@chorale/core/contracts'
import type { Chain } from '../chain/chain.js'
import type { RowsWriter } from './rows-writer.js'

/** Columns of a chain's draws: its coordinates, then the gradient there. */
export function drawColumns(dimension: number): readonly string[] {
  const numbered = (prefix: string) => Array.from({ length: dimension }, (_, i) => `${prefix}${i}`)
  return [...numbered('x'), ...numbered('g')]
}

/** Columns of the statistics, in the order in which `pushStatistics` writes them. */
export const STATS_COLUMNS: readonly string[] = [...NUTS_EXTRA_FIELDS, ...NUTS_MORE_FIELDS]

/** Appends the state of a chain. Returns what `commit` returns. */
export function pushDraw(writer: RowsWriter, { current: { position, gradient } }: Chain): Promise<void> | undefined {
  const { frame, at } = writer
  const d = position.length
  for (let i = 0; i < d; i++) frame[at + i] = position[i]
  for (let i = 0; i < d; i++) frame[at + d + i] = gradient[i]
  return writer.commit()
}

/** Appends what the last transition of a chain did. Returns what `commit` returns. */
export function pushStatistics(writer: RowsWriter, { current, transition }: Chain): Promise<void> | undefined {
  const { frame, at } = writer
  frame[at] = transition.energy
  frame[at + 1] = Number(transition.diverging)
  frame[at + 2] = transition.acceptProb
  frame[at + 3] = transition.steps
  frame[at + 4] = -current.logDensity
  frame[at + 5] = transition.stepSize
  frame[at + 6] = transition.treeDepth
  return writer.commit()
}
