import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  CHAIN_REPORT_FILE,
  CHECKPOINT_FILE,
  DRAWS_FILE,
  STATS_FILE,
  TaskError,
  TaskStoppedError,
  WARMUP_DRAWS_FILE,
  WARMUP_STATS_FILE,
  encodeRows,
  encodeRowsHeader,
  type BoundModel,
  type FileRecord,
  type Powers,
  type SampleTask,
  type SamplerDefinition,
  type SamplingSettings,
  type TaskHooks,
} from '@chorale/core/contracts'
import { createStream, foldIn, type Key, type RandomStream } from '@chorale/random'

/** What a broken sampler does otherwise. */
export interface SamplerFlaws {
  readonly definition?: Partial<SamplerDefinition>
  readonly resultOf?: string
  readonly record?: (record: FileRecord) => FileRecord
  readonly drawColumns?: (columns: readonly string[]) => readonly string[]
  readonly keepsAll?: boolean
  readonly forgetsWarmup?: boolean
  readonly gradient?: (g: number) => number
  readonly reportedIterations?: number
  readonly key?: (key: Key) => Key
  readonly changesTask?: boolean
  readonly bindsItself?: boolean
  readonly reportsAs?: string
  readonly stopError?: () => Error
  readonly pollEvery?: number
  readonly neverYields?: boolean
  /** Uses another key after an attempt whose checkpoint is whole, or torn. */
  readonly losesItsWay?: 'whole' | 'torn'
  readonly writesIntoEarlier?: boolean
  readonly temperature?: (dimension: number, powers: Powers) => number
  readonly powers?: (powers: Powers) => Powers
  readonly firstDraw?: (x: number, dimension: number) => number
  readonly startFailure?: () => Error
  readonly swallowsThrows?: boolean
}

const STEPS = 20
const STEP = 1
const START_TRIES = 200
const YIELD_EVERY = 50

class Chain {
  readonly #bound: BoundModel
  readonly #powers: Powers
  readonly #temperature: number
  readonly #stream: RandomStream
  readonly #flaws: SamplerFlaws
  readonly gradient: Float64Array
  position: Float64Array
  #current: number

  constructor(bound: BoundModel, powers: Powers, key: Key, flaws: SamplerFlaws) {
    this.#bound = bound
    this.#flaws = flaws
    this.#powers = flaws.powers?.(powers) ?? powers
    this.#temperature = flaws.temperature?.(bound.dimension, powers) ?? 1
    this.#stream = createStream(key)
    this.gradient = new Float64Array(bound.dimension)
    this.position = this.#start()
    this.#current = this.logDensity(this.position)
  }

  logDensity(position: Float64Array): number {
    try {
      return this.#bound.logDensityInto(this.gradient, position, this.#powers) / this.#temperature
    } catch (error) {
      if (this.#flaws.swallowsThrows === true) return -Infinity
      throw error
    }
  }

  /** Positions accepted, as a share. */
  iterate(): number {
    let accepted = 0
    for (let step = 0; step < STEPS; step++) {
      const proposal = this.position.map(x => x + STEP * this.#stream.normal())
      const proposed = this.logDensity(proposal)
      if (Math.log(this.#stream.uniform()) >= proposed - this.#current) continue
      this.position = proposal
      this.#current = proposed
      accepted++
    }
    return accepted / STEPS
  }

  #start(): Float64Array {
    for (let tries = 0; tries < START_TRIES; tries++) {
      const position = this.gradient.map(() => 4 * this.#stream.uniform() - 2)
      if (this.logDensity(position) > -Infinity) return position
    }
    const failure = { cause: 'start', code: 'CHORALE_NO_START', message: `no start in ${START_TRIES} tries`, retryable: false } as const
    throw this.#flaws.startFailure?.() ?? new TaskError(failure)
  }
}

/** The key after what earlier attempts left: the same, as the chain begins anew. */
function keyAfter(key: Key, earlier: readonly string[], flaws: SamplerFlaws): Key {
  for (const folder of earlier) {
    if (flaws.writesIntoEarlier === true) appendFileSync(join(folder, CHECKPOINT_FILE), ' ')
    if (isWhole(join(folder, CHECKPOINT_FILE)) === (flaws.losesItsWay === 'whole') && flaws.losesItsWay !== undefined) return foldIn(key, 1)
  }
  return key
}

function isWhole(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, 'utf8'))
    return true
  } catch {
    return false
  }
}

async function record(directory: string, path: string, bytes: Uint8Array | string): Promise<FileRecord> {
  const content = Buffer.from(bytes as string)
  await writeFile(join(directory, path), content)
  return { path, bytes: content.length, digest: createHash('sha256').update(content).digest('hex') }
}

const rows = (columns: readonly string[], values: readonly number[]): Uint8Array =>
  Buffer.concat([encodeRowsHeader(columns), encodeRows(Float64Array.from(values))])

function stop(task: SampleTask, { attempt }: TaskHooks, iteration: number, directory: string, flaws: SamplerFlaws): never {
  appendFileSync(join(directory, CHECKPOINT_FILE), JSON.stringify({ iteration }))
  throw flaws.stopError?.() ?? new TaskStoppedError({ task: task.id, attempt, iteration, reason: 'stop' })
}

/** Random-walk Metropolis (Metropolis et al. 1953), every 20th position a draw: slow, right, and short enough to be broken in every way. */
export const metropolis = (flaws: SamplerFlaws = {}): SamplerDefinition => ({
  name: 'metropolis',
  summary: 'Random-walk Metropolis',
  extraFields: ['accepted'],
  planSettings: request => ({ warmup: 200, ...request }),
  restartSettings: (settings, { divergenceRate }) =>
    divergenceRate > 0 ? { settings: { ...settings, targetAcceptProb: 0.9 }, reason: 'smaller steps' } : undefined,
  ...flaws.definition,
  async runTask(task, model, data, directory, hooks) {
    if (task.kind !== 'sample') throw new Error('only sample tasks')
    const bound = flaws.bindsItself === true ? model.bind(data, null) : (hooks.bind?.(model, data, null) ?? model.bind(data, null))
    const { warmup, draws, thin, saveWarmup }: SamplingSettings = task.settings
    const key = keyAfter(flaws.key?.(task.key) ?? task.key, hooks.earlier ?? [], flaws)
    const chain = new Chain(bound, task.powers, key, flaws)
    const kept = { warmup: { draws: [] as number[], stats: [] as number[] }, sampling: { draws: [] as number[], stats: [] as number[] } }
    for (let iteration = 0; iteration < warmup + draws; iteration++) {
      const accepted = chain.iterate()
      if (iteration % (flaws.pollEvery ?? 1) === 0 && hooks.shouldStop()) stop(task, hooks, iteration, directory, flaws)
      if (iteration % YIELD_EVERY === 0 && flaws.neverYields !== true) await setImmediate()
      if (iteration >= warmup && (iteration - warmup) % thin > 0 && flaws.keepsAll !== true) continue
      const phase = iteration < warmup ? kept.warmup : kept.sampling
      chain.logDensity(chain.position)
      const change = phase === kept.sampling && phase.draws.length === 0 ? flaws.firstDraw : undefined
      const position = chain.position.map(x => change?.(x, bound.dimension) ?? x)
      phase.draws.push(...position, ...chain.gradient.map(g => flaws.gradient?.(g) ?? g))
      phase.stats.push(accepted)
    }
    const { attempt } = hooks
    hooks.emit({ type: 'progress', task: flaws.reportsAs ?? task.id, attempt, at: 0, done: draws, total: draws, divergences: 0 })
    if (flaws.changesTask === true) Object.assign(task, { done: true })

    const axis = (letter: string): readonly string[] => Array.from({ length: bound.dimension }, (_, i) => `${letter}${i}`)
    const columns = [...axis('x'), ...axis('g')]
    const statistics = flaws.definition?.extraFields ?? ['accepted']
    const phase = (iterations: number) => ({ iterations, gradients: STEPS * iterations, divergences: 0, seconds: 0 })
    const report = { format: 1, warmup: phase(warmup), sampling: phase(flaws.reportedIterations ?? draws) }
    const files = [
      await record(directory, DRAWS_FILE, rows(flaws.drawColumns?.(columns) ?? columns, kept.sampling.draws)),
      await record(directory, STATS_FILE, rows(statistics, kept.sampling.stats)),
      await record(directory, CHAIN_REPORT_FILE, JSON.stringify(report)),
    ]
    if (saveWarmup && flaws.forgetsWarmup !== true) {
      files.push(await record(directory, WARMUP_DRAWS_FILE, rows(columns, kept.warmup.draws)))
      files.push(await record(directory, WARMUP_STATS_FILE, rows(statistics, kept.warmup.stats)))
    }
    const named = files.map(file => flaws.record?.(file) ?? file)
    return { format: 1, task: flaws.resultOf ?? task.id, attempt, files: named, seconds: 0, node: 'here' }
  },
})
