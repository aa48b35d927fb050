import type { Clock } from '../clock.js'
import type { TaskEvent } from '../contracts/index.js'
import type { RunEvent, RunObserver, RunProgress } from '../run-event.js'

/** A chain that waits, runs or has ended. */
interface Chain {
  readonly shard: number
  readonly done: number
  readonly total: number
  readonly divergences: number
  readonly status: 'waiting' | 'running' | 'completed' | 'failed' | 'stopped'
  /** Iterations and the clock's milliseconds at its first report: earlier attempts may have done some of them. */
  readonly from: { readonly done: number; readonly at: number } | undefined
  /** Of its own process, where it has one. */
  readonly residentBytes: number
}

/** The chains that a run has planned, and those that earlier processes have finished. */
export interface PlannedChains {
  readonly shards: number
  /** Of each shard. */
  readonly chains: number
  /** Ids of tasks; those of other kinds are passed over. */
  readonly finishedBefore: readonly string[]
}

/** Hears what happens to tasks, and says how far sampling is. */
export interface SamplingProgress {
  hear(event: TaskEvent): void
  /** Chains are running. */
  isRunning(): boolean
  /** `residentBytes`: of this process. */
  now(residentBytes: number): RunProgress
}

/** A speed from less than this is no more than noise. */
const SHORTEST_MS = 500
const SMALLEST_SHARE = 0.02

/** The shard of a sample task: `sample-0007-2-r1`. */
const shardOf = (task: string): number | undefined => {
  const number = /^sample-(\d+)-/.exec(task)?.[1]
  return number === undefined ? undefined : Number(number)
}

export function samplingProgress({ shards, chains, finishedBefore }: PlannedChains, clock: Pick<Clock, 'monotonic'>): SamplingProgress {
  const known = new Map<string, Chain>()
  const before = finishedBefore.filter(task => shardOf(task) !== undefined)
  let began: number | undefined
  let why = ''
  return {
    hear(event) {
      const shard = shardOf(event.task)
      if (shard === undefined) return
      const at = clock.monotonic()
      began ??= at
      const chain = known.get(event.task) ?? {
        shard,
        done: 0,
        total: 0,
        divergences: 0,
        status: 'running',
        from: undefined,
        residentBytes: 0,
      }
      // What is said of a chain that has not begun is what it waits for.
      if (event.type === 'log' && chain.status === 'waiting') why = event.line
      known.set(event.task, advanced(chain, event, at))
    },
    isRunning: () => [...known.values()].some(({ status }) => status === 'running' || status === 'waiting'),
    now(residentBytes) {
      const own = [...known.values()]
      const finished = own.filter(({ status }) => status === 'completed')
      const waiting = own.filter(({ status }) => status === 'waiting').length
      const planned = Math.max(shards * chains, before.length + own.length)
      const share = own.reduce((total, chain) => total + shareOf(chain), 0)
      const left = planned - before.length
      const seconds = began === undefined ? 0 : (clock.monotonic() - began) / 1000
      const made = own.reduce((total, { done, from }) => total + (from ? done - from.done : 0), 0)
      const fromEarlier = own.reduce((total, { from, total: all }) => total + (from && all > 0 ? from.done / all : 0), 0)
      const ownShare = left - fromEarlier > 0 ? (share - fromEarlier) / (left - fromEarlier) : 1
      return {
        shards: { finished: finishedShards(own, before, chains), planned: shards },
        chains: { finished: before.length + finished.length, planned },
        ...(waiting === 0 ? {} : { waiting: { chains: waiting, why } }),
        fraction: planned === 0 ? 0 : (before.length + share) / planned,
        drawsPerSecond: made > 0 && seconds > 0 ? made / seconds : null,
        divergences: own.reduce((total, { divergences }) => total + divergences, 0),
        slowest: slowestOf(known, clock.monotonic()),
        residentBytes: residentBytes + own.reduce((total, chain) => total + (chain.status === 'running' ? chain.residentBytes : 0), 0),
        secondsLeft: ownShare > SMALLEST_SHARE && ownShare < 1 ? (seconds * (1 - ownShare)) / ownShare : null,
      }
    },
  }
}

function advanced(chain: Chain, event: TaskEvent, at: number): Chain {
  switch (event.type) {
    case 'progress': {
      const { done, total, divergences, residentBytes = 0 } = event
      return { ...chain, done, total, divergences, residentBytes, status: 'running', from: chain.from ?? { done, at } }
    }
    case 'completed':
      return { ...chain, done: chain.total, status: 'completed' }
    case 'failed':
    case 'stopped':
      return { ...chain, status: event.type }
    case 'submitted':
      return { ...chain, status: 'waiting' }
    case 'started':
      return { ...chain, status: 'running' }
    case 'retrying':
      return { ...chain, done: 0, from: undefined, status: 'running' }
    default:
      return chain
  }
}

const shareOf = ({ status, done, total }: Chain): number => (status === 'completed' ? 1 : total > 0 ? done / total : 0)

/** Shards of which as many chains have ended well as each has, and none runs again. */
function finishedShards(own: readonly Chain[], before: readonly string[], chains: number): number {
  const counts = new Map<number, number>()
  for (const shard of [...before.map(shardOf), ...own.filter(({ status }) => status === 'completed').map(chain => chain.shard)]) {
    if (shard !== undefined) counts.set(shard, (counts.get(shard) ?? 0) + 1)
  }
  const open = new Set(own.filter(({ status }) => status !== 'completed').map(({ shard }) => shard))
  return [...counts].filter(([shard, count]) => count >= chains && !open.has(shard)).length
}

/** By its own speed; of chains that have only begun nothing is said. */
function slowestOf(chains: ReadonlyMap<string, Chain>, now: number): RunProgress['slowest'] {
  let slowest: (NonNullable<RunProgress['slowest']> & { readonly left: number }) | null = null
  for (const [task, { status, done, total, from }] of chains) {
    if (status !== 'running' || from === undefined || now - from.at < SHORTEST_MS) continue
    const drawsPerSecond = (1000 * (done - from.done)) / (now - from.at)
    const left = (total - done) / drawsPerSecond
    if (!slowest || left > slowest.left) slowest = { task, fraction: done / total, drawsPerSecond, left }
  }
  if (!slowest) return null
  const { task, fraction, drawsPerSecond } = slowest
  return { task, fraction, drawsPerSecond }
}

/** Milliseconds between two reports while chains run, and between those of chains that end one soon after another. */
const INTERVAL_MS = 1000
const SHORTEST_INTERVAL_MS = 200

/** Passes events on, and among them says how far sampling is. */
export function withProgress(observe: RunObserver, planned: PlannedChains, clock: Clock): { readonly observe: RunObserver } & Disposable {
  const progress = samplingProgress(planned, clock)
  let ended = planned.finishedBefore.length
  let reported = -Infinity
  const report = (): void => {
    reported = clock.monotonic()
    observe({ type: 'progress', progress: progress.now(process.memoryUsage.rss()) })
  }
  const timer = clock.every(INTERVAL_MS, () => {
    if (progress.isRunning()) report()
  })
  return {
    observe(event: RunEvent) {
      observe(event)
      if (event.type !== 'task') return
      progress.hear(event.event)
      if (event.event.type !== 'completed') return
      const isLast = ++ended === planned.shards * planned.chains
      if (isLast || clock.monotonic() - reported > SHORTEST_INTERVAL_MS) report()
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  }
}
