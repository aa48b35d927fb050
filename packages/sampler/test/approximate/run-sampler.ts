import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  decodeRowsFile,
  type Model,
  type SampleTask,
  type SamplerDefinition,
  type TaskEvent,
  type TaskHooks,
  type TaskResult,
} from '@chorale/core/contracts'
import { attemptDirectory } from '../run-task.js'

export interface Approximation {
  readonly result: TaskResult
  readonly events: readonly TaskEvent[]
  readonly positions: readonly Float64Array[]
  readonly gradients: readonly Float64Array[]
  readonly statistics: Readonly<Record<string, readonly number[]>>
  readonly report: { readonly paretoK?: number | null; readonly warmup: { readonly gradients: number } }
}

/** Runs a task of an approximate sampler and reads the files that it left. */
export async function runSampler(
  sampler: SamplerDefinition,
  model: Model,
  task: SampleTask,
  hooks: Partial<TaskHooks> = {},
): Promise<Approximation> {
  const directory = attemptDirectory(task.id).attempt
  const events: TaskEvent[] = []
  const data = { rows: 0, column: () => new Float64Array() }
  const result = await sampler.runTask(task, model, data, directory, {
    attempt: 1,
    emit: event => events.push(event),
    shouldStop: () => false,
    ...hooks,
  })
  const rowsOf = (file: string) => {
    const { header, rows, values } = decodeRowsFile(readFileSync(join(directory, file)))
    const width = header.columns.length
    return { columns: header.columns, rows: Array.from({ length: rows }, (_, i) => values.slice(i * width, (i + 1) * width)) }
  }
  const draws = rowsOf('draws.bin')
  const stats = rowsOf('stats.bin')
  const d = draws.columns.length / 2
  return {
    result,
    events,
    positions: draws.rows.map(row => row.slice(0, d)),
    gradients: draws.rows.map(row => row.slice(d)),
    statistics: Object.fromEntries(stats.columns.map((name, k) => [name, stats.rows.map(row => row[k])])),
    report: JSON.parse(readFileSync(join(directory, 'chain.json'), 'utf8')) as Approximation['report'],
  }
}

export const lines = (events: readonly TaskEvent[], level: 'info' | 'warn'): string[] =>
  events.flatMap(event => (event.type === 'log' && event.level === level ? [event.line] : []))

export const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('the task did not fail')
    },
    (error: unknown) => (error as { readonly failure: { readonly code: string; readonly message: string } }).failure,
  )
