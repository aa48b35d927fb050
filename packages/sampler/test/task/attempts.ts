import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isTaskStoppedError, type Model, type SampleTask, type TaskEvent, type TaskHooks, type TaskResult } from '@chorale/core/contracts'
import { onTestFinished } from 'vitest'
import { nuts } from '../../src/task/nuts.js'

const noData = { rows: 0, column: () => new Float64Array() }

/** How an attempt went. */
export interface Attempt {
  readonly folder: string
  /** Undefined when it was stopped. */
  readonly result: TaskResult | undefined
  readonly events: readonly TaskEvent[]
  /** How many gradients it has asked for. */
  readonly gradients: number
  /** Its checkpoints, and how many gradients it had asked for then. */
  readonly checkpoints: readonly { readonly iteration: number; readonly gradients: number }[]
}

/** Attempts of one task, one after another, each in its own folder. */
export interface TaskFolder {
  readonly path: string
  /** The next attempt, which sees what the ones before have left. Stopped after its `stopAt`-th gradient, if it gets there. */
  attempt(options?: { readonly stopAt?: number; readonly hooks?: Partial<TaskHooks> }): Promise<Attempt>
  /** Folders of the attempts so far, newest first. */
  earlier(): readonly string[]
}

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'chorale-attempts-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The same model, which tells of each gradient before it is computed. */
function countingModel(model: Model, asked: () => void): Model {
  return {
    ...model,
    bind(data, summary) {
      const bound = model.bind(data, summary)
      return {
        ...bound,
        logDensityInto(gradient, position, powers) {
          asked()
          return bound.logDensityInto(gradient, position, powers)
        },
      }
    },
  }
}

/** `path`: where it stays. Default: a folder that is gone after the test. */
export function taskFolder(model: Model, task: SampleTask, path = temporaryFolder()): TaskFolder {
  const folders: string[] = []
  return {
    path,
    earlier: () => folders.toReversed(),
    async attempt({ stopAt = Infinity, hooks = {} } = {}) {
      const earlier = folders.toReversed()
      const folder = join(path, String(folders.length + 1).padStart(3, '0'))
      folders.push(folder)
      mkdirSync(folder, { recursive: true })
      const events: TaskEvent[] = []
      const checkpoints: { iteration: number; gradients: number }[] = []
      let gradients = 0
      const counted = countingModel(model, () => gradients++)
      const running = nuts.runTask(task, counted, noData, folder, {
        attempt: folders.length,
        emit: event => {
          events.push(event)
          if (event.type === 'checkpoint') checkpoints.push({ iteration: event.iteration, gradients })
        },
        shouldStop: () => gradients >= stopAt,
        earlier,
        ...hooks,
      })
      const result = await running.catch((error: unknown) => {
        if (isTaskStoppedError(error)) return undefined
        throw error
      })
      return { folder, result, events, gradients, checkpoints }
    },
  }
}

/** The files of a chain that depend on its task alone: size and digest by name. */
export function filesOf(folder: string): Readonly<Record<string, string>> {
  const names = ['draws.bin', 'stats.bin', 'moments.bin', 'warmup.bin', 'warmup-stats.bin', 'chain.ckpt']
  return Object.fromEntries(
    names.filter(name => existsSync(join(folder, name))).map(name => [name, described(readFileSync(join(folder, name)))]),
  )
}

const described = (bytes: Uint8Array): string => `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`

/** What attempts said in the log. */
export const linesOf = ({ events }: Attempt): readonly string[] => events.flatMap(event => (event.type === 'log' ? [event.line] : []))
