import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  decodeRowsFile,
  type Json,
  type Model,
  type SampleTask,
  type SamplingSettings,
  type ShardData,
  type TaskEvent,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'
import { prngKey, type Key } from '@chorale/random'
import { onTestFinished } from 'vitest'
import { nuts } from '../src/task/nuts.js'

const noData: ShardData = {
  rows: 0,
  column: name => {
    throw new Error(`no column ${name}`)
  },
}

export function sampleTask(settings: Partial<SamplingSettings> = {}, key: Key = prngKey(1)): SampleTask {
  return {
    format: 1,
    kind: 'sample',
    id: 'sample-0000-0',
    shard: 0,
    chain: 0,
    restart: 0,
    key,
    model: { kind: 'inline', id: 'test' },
    data: { kind: 'shared', id: 'test' },
    summary: null,
    powers: { prior: 1, likelihood: 1, jacobian: 1 },
    load: { rows: 0, dataBytes: 0, dimension: 1, draws: 1 },
    sampler: { name: 'nuts', url: '', version: '', digest: '' },
    settings: { warmup: 500, draws: 500, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {}, ...settings },
  }
}

/** A fresh run directory with an attempt's directory in it, gone after the test. */
export function attemptDirectory(task: string): { readonly run: string; readonly attempt: string } {
  const run = mkdtempSync(join(tmpdir(), 'chorale-sampler-'))
  const attempt = join(run, 'tasks', task, '001')
  mkdirSync(attempt, { recursive: true })
  onTestFinished(() => rmSync(run, { recursive: true, force: true }))
  return { run, attempt }
}

export interface Outcome {
  readonly result: TaskResult
  readonly directory: string
  readonly events: readonly TaskEvent[]
  /** Draws, one vector of unconstrained coordinates each; gradients likewise. */
  readonly positions: readonly Float64Array[]
  readonly gradients: readonly Float64Array[]
  readonly statistics: Readonly<Record<string, readonly number[]>>
}

/** Runs a task through the sampler's contract and reads the files that it left. */
export async function runSample(model: Model, task: SampleTask, hooks: Partial<TaskHooks> = {}): Promise<Outcome> {
  const directory = attemptDirectory(task.id).attempt
  const events: TaskEvent[] = []
  const result = await nuts.runTask(task, model, noData, directory, {
    attempt: 1,
    emit: event => events.push(event),
    shouldStop: () => false,
    ...hooks,
  })
  const draws = decodeRowsFile(readFileSync(join(directory, 'draws.bin')))
  const stats = decodeRowsFile(readFileSync(join(directory, 'stats.bin')))
  const width = draws.header.columns.length
  const d = width / 2
  const rows = Array.from({ length: draws.rows }, (_, i) => draws.values.subarray(i * width, (i + 1) * width))
  const { columns } = stats.header
  const column = (k: number) => Array.from({ length: stats.rows }, (_, i) => stats.values[i * columns.length + k])
  return {
    result,
    directory,
    events,
    positions: rows.map(row => row.slice(0, d)),
    gradients: rows.map(row => row.slice(d)),
    statistics: Object.fromEntries(columns.map((name, k) => [name, column(k)])),
  }
}

export const readJson = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json
