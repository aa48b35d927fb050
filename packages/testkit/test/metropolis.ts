import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  DRAWS_FILE,
  STATS_FILE,
  TaskError,
  TaskStoppedError,
  encodeRows,
  encodeRowsHeader,
  type BoundModel,
  type FileRecord,
  type Powers,
  type SamplerDefinition,
} from '@chorale/core/contracts'
import { createStream, foldIn, type RandomStream } from '@chorale/random'

/** What a flawed sampler does otherwise. */
export interface SamplerFlaws {
  /** Instead of looking for a start inside the support, begins where it happens to be. */
  readonly startsAnywhere?: boolean
  readonly startFailure?: () => Error
  readonly swallowsThrows?: boolean
  readonly powers?: (powers: Powers) => Powers
  readonly temperature?: number
  readonly unseeded?: boolean
  readonly neverStops?: boolean
  readonly stopError?: () => Error
  readonly neverYields?: boolean
  readonly gradient?: (g: number) => number
  readonly columns?: (columns: readonly string[]) => readonly string[]
  readonly statistics?: readonly string[]
  readonly record?: (record: FileRecord) => FileRecord
  readonly resultOf?: (task: string) => string
}

const THIN = 20
const STEP = 1
const START_TRIES = 200
const YIELD_EVERY = 50

function findStart(bound: BoundModel, powers: Powers, stream: RandomStream, flaws: SamplerFlaws): Float64Array {
  const gradient = new Float64Array(bound.dimension)
  for (let tries = 0; tries < START_TRIES; tries++) {
    const position = Float64Array.from({ length: bound.dimension }, () => 4 * stream.uniform() - 2)
    if (bound.logDensityInto(gradient, position, powers) > -Infinity || flaws.startsAnywhere === true) return position
  }
  throw (
    flaws.startFailure?.() ??
    new TaskError({ cause: 'start', code: 'CHORALE_NO_START', message: `no start in ${START_TRIES} tries`, retryable: false })
  )
}

const record = async (directory: string, path: string, bytes: Uint8Array): Promise<FileRecord> => {
  await writeFile(join(directory, path), bytes)
  return { path, bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') }
}

let calls = 0

/** Random-walk Metropolis (Metropolis et al. 1953), every 20th position kept: slow, right, and short enough to be broken in every way. */
export const metropolis = (flaws: SamplerFlaws = {}): SamplerDefinition => ({
  name: 'metropolis',
  summary: 'Random-walk Metropolis',
  extraFields: ['accepted'],
  async runTask(task, model, data, directory, hooks) {
    if (task.kind !== 'sample') throw new Error('only sample tasks')
    const bound = model.bind(data, task.summary)
    const powers = flaws.powers?.(task.powers) ?? task.powers
    const { dimension } = bound
    const stream = createStream(flaws.unseeded === true ? foldIn(task.key, calls++) : task.key)
    const gradient = new Float64Array(dimension)
    const logDensity = (position: Float64Array): number => {
      try {
        return bound.logDensityInto(gradient, position, powers) / (flaws.temperature ?? 1)
      } catch (error) {
        if (flaws.swallowsThrows === true) return 0
        throw error
      }
    }
    if (flaws.swallowsThrows !== true) logDensity(new Float64Array(dimension).fill(1))
    let position = flaws.swallowsThrows === true ? new Float64Array(dimension).fill(1) : findStart(bound, powers, stream, flaws)
    let current = logDensity(position)
    const kept: number[] = []
    const statistics: number[] = []
    const { warmup, draws } = task.settings
    for (let iteration = 0; iteration < warmup + draws; iteration++) {
      let accepted = 0
      for (let step = 0; step < THIN; step++) {
        const proposal = position.map(x => x + STEP * stream.normal())
        const proposed = logDensity(proposal)
        if (Math.log(stream.uniform()) < proposed - current) {
          position = proposal
          current = proposed
          accepted++
        }
      }
      if (hooks.shouldStop() && flaws.neverStops !== true) {
        throw flaws.stopError?.() ?? new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration, reason: 'stop' })
      }
      if (iteration % YIELD_EVERY === 0 && flaws.neverYields !== true) await setImmediate()
      if (iteration < warmup) continue
      logDensity(position)
      kept.push(...position, ...gradient.map(g => flaws.gradient?.(g) ?? g))
      statistics.push(accepted / THIN)
    }
    const axis = (letter: string): readonly string[] => Array.from({ length: dimension }, (_, i) => `${letter}${i}`)
    const columns = [...axis('x'), ...axis('g')]
    const drawBytes = Buffer.concat([encodeRowsHeader(flaws.columns?.(columns) ?? columns), encodeRows(Float64Array.from(kept))])
    const statBytes = Buffer.concat([encodeRowsHeader(flaws.statistics ?? ['accepted']), encodeRows(Float64Array.from(statistics))])
    const files = [await record(directory, DRAWS_FILE, drawBytes), await record(directory, STATS_FILE, statBytes)]
    const changed = files.map(file => flaws.record?.(file) ?? file)
    return { format: 1, task: flaws.resultOf?.(task.id) ?? task.id, attempt: hooks.attempt, files: changed, seconds: 0, node: 'here' }
  },
})
