import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { DRAWS_FILE, type TaskResult } from '@chorale/core/contracts'
import { demand, pause, within, type Check } from '../check.js'
import type { BackendTrial } from './check-backend.js'
import { bytesUnder, createBackend, isFinal, observe, runToEnd, wrongEndings, type ObservedRun } from './observed-run.js'

const short = { shards: 2, chains: 2, length: 'short' } as const

/** Long enough for a backend that starts too early to have written something. */
const QUIET_MS = 200

const completedResults = ({ events }: ObservedRun): readonly TaskResult[] =>
  events.flatMap(event => (event.type === 'completed' ? [event.result] : []))

function demandEndings(run: ObservedRun, ...kinds: Parameters<typeof wrongEndings>[1]): void {
  const wrong = wrongEndings(run, kinds)
  demand(wrong.length === 0, () => `every task must end in exactly one event (${kinds.join(' or ')}): ${wrong.join('; ')}`)
}

async function fileProblem(directory: string, { path, bytes, digest }: TaskResult['files'][number]): Promise<string | undefined> {
  if (isAbsolute(path) || normalize(path).startsWith('..')) return `${path} must be relative to the attempt's directory`
  const content = await readFile(join(directory, path)).catch(() => undefined)
  if (!content) return `${path} does not exist in ${directory}`
  if (content.length !== bytes) return `${path} has ${content.length} bytes, the result says ${bytes}`
  const actual = createHash('sha256').update(content).digest('hex')
  return actual === digest ? undefined : `${path} has the SHA-256 ${actual}, the result says ${digest}`
}

export const runningChecks: readonly Check<BackendTrial>[] = [
  {
    name: 'starts nothing before the first next()',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      const run = await observe(trial, scope, short)
      const before = await bytesUnder(run.context.runDirectory)
      const iterator = backend.run(run.tasks, run.context)[Symbol.asyncIterator]()
      scope.defer(() => iterator.return?.())
      await pause(QUIET_MS)
      demand(run.inFlight.starts === 0, () => `${run.inFlight.starts} tasks were started by run() itself`)
      demand((await bytesUnder(run.context.runDirectory)) === before, 'files appeared in the run directory before the first next()')
    },
  },
  {
    name: 'ends every task in exactly one event',
    run: async (trial, scope) => {
      const run = await observe(trial, scope, short)
      await runToEnd(await createBackend(trial, scope), run)
      demandEndings(run, 'completed')
    },
  },
  {
    name: 'names files that exist, with their size and digest',
    run: async (trial, scope) => {
      const run = await observe(trial, scope, short)
      await runToEnd(await createBackend(trial, scope), run)
      const results = completedResults(run)
      demand(results.length > 0, 'no task completed')
      for (const { task, attempt, files } of results) {
        demand(files.length > 0, `the result of ${task} names no file`)
        for (const file of files) {
          const problem = await fileProblem(run.attemptDirectory(task, attempt), file)
          demand(problem === undefined, () => `${task}: ${problem ?? ''}`)
        }
      }
    },
  },
  {
    name: 'gives the same draws as the tasks run directly, bit by bit',
    run: async (trial, scope) => {
      const [through, direct] = [await observe(trial, scope, short), await observe(trial, scope, short)]
      await runToEnd(await createBackend(trial, scope), through)
      const results = completedResults(through)
      for (const task of direct.tasks) {
        const { id } = task
        const files = results.find(result => result.task === id)?.files
        demand(files !== undefined, `${id} did not complete`)
        const expected = await direct.context.runTask(task, { attempt: 1, emit: () => undefined, shouldStop: () => false })
        const digestIn = (list: TaskResult['files']): string | undefined => list.find(({ path }) => path === DRAWS_FILE)?.digest
        demand(digestIn(files) !== undefined, `the result of ${id} has no ${DRAWS_FILE}`)
        demand(digestIn(files) === digestIn(expected.files), `the draws of ${id} differ from those of the same task run directly`)
      }
    },
  },
  {
    name: 'a model that throws fails its tasks, and no others',
    run: async (trial, scope) => {
      const run = await observe(trial, scope, { ...short, throwingShard: 1 })
      await runToEnd(await createBackend(trial, scope), run)
      demandEndings(run, 'completed', 'failed')
      for (const event of run.events.filter(isFinal)) {
        const shard = run.tasks.find(({ id }) => id === event.task)?.shard
        const wanted = shard === 1 ? 'failed' : 'completed'
        demand(event.type === wanted, `${event.task} of ${shard === 1 ? 'the shard whose model throws' : 'a sound shard'} ${event.type}`)
        if (event.type === 'failed')
          demand(event.failure.cause === 'model', `${event.task} failed with the cause "${event.failure.cause}", not "model"`)
      }
    },
  },
  {
    name: 'ends at once without tasks',
    run: async (trial, scope) => {
      const run = await observe(trial, scope, { ...short, shards: 0 })
      const events = await within(
        2,
        'a run of no tasks',
        createBackend(trial, scope).then(backend => runToEnd(backend, run)),
      )
      demand(events.length === 0, () => `a run of no tasks emitted ${events.map(({ type }) => type).join(', ')}`)
    },
  },
  {
    name: 'may be run again',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      for (let round = 0; round < 2; round++) {
        const run = await observe(trial, scope, short)
        await runToEnd(backend, run)
        demandEndings(run, 'completed')
      }
    },
  },
  {
    name: 'cleans up any number of times',
    run: async (trial, scope) => {
      const backend = await createBackend(trial, scope)
      await runToEnd(backend, await observe(trial, scope, { ...short, shards: 1 }))
      await backend.cleanup()
      await backend.cleanup()
    },
  },
  {
    name: 'runs inline models in this process',
    skip: ({ capabilities: { sameProcess } }) => (sameProcess ? undefined : 'declares sameProcess: false'),
    run: async (trial, scope) => {
      const run = await observe(trial, scope, { ...short, model: 'inline' })
      await runToEnd(await createBackend(trial, scope), run)
      demandEndings(run, 'completed')
      demand(run.inFlight.starts >= run.tasks.length, 'declares sameProcess: true, but did not run the tasks in this process')
    },
  },
]
