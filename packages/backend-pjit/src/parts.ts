import { BLOCK_ROWS } from './layout.js'

/** Consecutive blocks, from the first up to and without the last. */
export interface BlockRange {
  readonly from: number
  readonly to: number
}

/**
 * Cuts the blocks of the rows into `devices` ranges, none empty, of as many rows each as whole blocks allow: all blocks but the last are full. Needs as many
 * blocks as devices.
 */
export function cutBlocks(rows: number, blocks: number, devices: number): readonly BlockRange[] {
  const cut = (device: number): number => {
    const even = Math.round((rows * device) / (devices * BLOCK_ROWS))
    return device === devices ? blocks : Math.min(Math.max(even, device), blocks - (devices - device))
  }
  return Array.from({ length: devices }, (_, device) => ({ from: cut(device), to: cut(device + 1) }))
}
