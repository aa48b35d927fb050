/** How many chains run at a time, and on how many threads each. */
export interface Layout {
  readonly chains: number
  readonly devices: number
  /** In words, for the log. */
  readonly reason: string
}

export interface LayoutRequest {
  /** Cores that may be busy at a time. */
  readonly cores: number
  /** Threads that one chain may have. */
  readonly devices: number
  /** Chains of a shard that may run at a time. */
  readonly parallelChains: number
  /** Chains of the shard with the most, and rows and coordinates of the largest. */
  readonly chains: number
  readonly rows: number
  readonly dimension: number
}

/** Rows of one block: sums over rows are taken in blocks of this size everywhere, so that draws do not depend on who computes which. */
export const BLOCK_ROWS = 4096

/** Multiply-adds of one gradient below which it is cheaper than meeting a second thread. */
const LEAST_WORK = 10_000

export const blocksOf = (rows: number): number => Math.ceil(rows / BLOCK_ROWS)

/** Why the gradient of a chain on these rows is not worth a second thread; undefined if it is. */
export function tooSmall({ rows, dimension }: Pick<LayoutRequest, 'rows' | 'dimension'>): string | undefined {
  if (blocksOf(rows) < 2) return `${rows} rows are one block of ${BLOCK_ROWS}`
  if (rows * dimension < LEAST_WORK) return `${rows} rows x ${dimension} coordinates are too little work for one gradient`
  return undefined
}

/** Of layouts that take this much longer than the shortest, the one with the most threads for a chain is taken. */
const TOLERANCE = 1.1

/**
 * The layout that ends first, or nearly so: chains one after another in groups of `chains`, each step of a chain as long as the largest part of its blocks.
 * Of those the one with the most threads for a chain, because it needs the least memory and shows the first chain soonest.
 */
export function layoutOf(request: LayoutRequest): Layout {
  const { rows, chains, cores } = request
  const small = tooSmall(request)
  const blocks = small === undefined ? blocksOf(rows) : 1
  const side = Math.max(1, Math.min(chains, request.parallelChains, cores))
  const layouts = Array.from({ length: side }, (_, k) => {
    const devices = Math.max(1, Math.min(request.devices, blocks, Math.floor(cores / (k + 1))))
    return { chains: k + 1, devices, time: Math.ceil(chains / (k + 1)) * Math.ceil(blocks / devices) }
  })
  const shortest = Math.min(...layouts.map(({ time }) => time))
  const { chains: together, devices } = layouts.find(({ time }) => time <= TOLERANCE * shortest)!
  return {
    chains: together,
    devices,
    reason: `${counted(together, 'chain')} at a time on ${counted(devices, 'thread')} each: ${why(request, small, devices)}`,
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function why({ cores, devices: allowed, rows }: LayoutRequest, small: string | undefined, devices: number): string {
  if (small !== undefined) return small
  const blocks = `${blocksOf(rows)} blocks of ${BLOCK_ROWS} rows`
  if (cores < 2) return `${blocks}, and one usable core`
  return devices < allowed ? `${blocks} on ${cores} cores` : `${blocks}, backend.devices: ${allowed}`
}
