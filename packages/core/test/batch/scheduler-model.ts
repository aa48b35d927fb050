import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '../../src/clock.js'
import type { JobAddress, JobView, SchedulerAdapter, ServerFacts } from '../../src/contracts/index.js'
import type { Exec } from '../../src/exec.js'
import { attemptDirectory, doneMarker, endedRecord } from '../../src/run-directory/layout.js'

/** A clock that goes on when everybody who takes part sleeps. */
export class VirtualClock implements Clock {
  #now = 0
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  /** Of whom all must sleep before time goes on. */
  participants: number
  /** Called with the time before sleepers wake. */
  onAdvance: (now: number) => Promise<void> = async () => undefined

  constructor(participants: number) {
    this.participants = participants
  }

  monotonic = (): number => this.#now
  wall = (): number => 1.8e12 + this.#now
  every = (): Disposable => ({ [Symbol.dispose]: () => undefined })

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const sleeper = { at: this.#now + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper)
        resolve()
      })
      if (this.#sleepers.size >= this.participants) void this.#advance()
    })
  }

  async #advance(): Promise<void> {
    // Files are read and written in real time.
    await new Promise(resolve => setImmediate(resolve))
    const next = Math.min(...[...this.#sleepers].map(({ at }) => at))
    if (next === Infinity) return
    await this.onAdvance(next)
    this.#now = next
    for (const sleeper of [...this.#sleepers].filter(({ at }) => at <= next)) {
      this.#sleepers.delete(sleeper)
      sleeper.wake()
    }
  }
}

interface Element extends JobAddress {
  readonly index: number
  readonly task: string
  state: 'waiting' | 'running' | 'ended'
  endsAt: number
  cause: 'completed' | 'walltime' | 'vanished'
}

export interface ModelRequest {
  readonly clock: VirtualClock
  readonly run: string
  /** Tasks of a submission, from its intent. */
  readonly tasksOf: (script: string) => Promise<readonly (readonly string[])[]>
  readonly slots: number
  readonly seconds: (task: string, attempt: number) => number
  /** Of the first element of an array, and of a job that is none. Default 0. */
  readonly firstIndex?: number
  /** How the job of a task ends; default: well, with a record. */
  readonly fate?: (task: string, attempt: number) => Element['cause']
}

/** A scheduler in memory: jobs wait for a slot, run for their seconds, and leave the records that a job would leave. */
export class SchedulerModel {
  readonly calls: { readonly at: number; readonly command: readonly string[] }[] = []
  readonly #request: ModelRequest
  readonly #elements = new Map<string, Element[]>()
  readonly #names = new Map<string, string>()
  readonly #attempts = new Map<string, number>()
  #running = 0
  #waiting: Element[] = []

  constructor(request: ModelRequest) {
    this.#request = request
    request.clock.onAdvance = now => this.#advance(now)
  }

  readonly exec: Exec = async argv => {
    this.calls.push({ at: this.#request.clock.monotonic(), command: argv })
    const answer = (stdout: string, code = 0) => ({ code, stdout, stderr: '' })
    const [command, ...rest] = argv
    if (command === 'model-version') return answer('model 1')
    if (command === 'model-submit') {
      const [name, script] = rest as [string, string]
      const job = String(this.#elements.size + 1)
      this.#names.set(name, job)
      const { tasksOf, firstIndex = 0 } = this.#request
      const elements = (await tasksOf(script)).map(([task], i): Element => ({
        job,
        index: firstIndex + i,
        task: task!,
        state: 'waiting',
        endsAt: Infinity,
        cause: 'completed',
      }))
      this.#elements.set(job, elements)
      this.#waiting.push(...elements)
      await this.#start(this.#request.clock.monotonic())
      return answer(job)
    }
    if (command === 'model-find') return answer(this.#names.get(rest[0]!) ?? '')
    const all = command === 'model-ends'
    const views = rest.flatMap(id => {
      const [job, index] = id.split('_')
      return (this.#elements.get(job!) ?? []).filter(
        element =>
          element.cause !== 'vanished' && (all || element.state !== 'ended') && (index === undefined || element.index === Number(index)),
      )
    })
    return answer(
      JSON.stringify(
        views.map(({ job, index, state, cause }): JobView => ({
          job,
          index,
          state,
          word: state,
          ...(state === 'ended' ? { end: { cause: cause === 'walltime' ? 'walltime' : 'completed', words: cause } } : {}),
        })),
      ),
    )
  }

  async #start(now: number): Promise<void> {
    const { slots, seconds, fate = () => 'completed' as const } = this.#request
    while (this.#running < slots && this.#waiting.length > 0) {
      const element = this.#waiting.shift()!
      const attempt = (this.#attempts.get(element.task) ?? 0) + 1
      this.#attempts.set(element.task, attempt)
      element.state = 'running'
      element.endsAt = now + 1000 * seconds(element.task, attempt)
      element.cause = fate(element.task, attempt)
      this.#running++
    }
  }

  async #advance(now: number): Promise<void> {
    const records: Promise<void>[] = []
    for (const elements of this.#elements.values()) {
      for (const element of elements) {
        if (element.state !== 'running' || element.endsAt > now) continue
        element.state = 'ended'
        this.#running--
        if (element.cause === 'completed') records.push(writeCompleted(this.#request.run, element.task, this.#attempts.get(element.task)!))
      }
    }
    await Promise.all(records)
    await this.#start(now)
  }
}

async function writeCompleted(run: string, task: string, attempt: number): Promise<void> {
  const directory = attemptDirectory(run, task, attempt)
  await mkdir(directory, { recursive: true })
  await writeFile(
    endedRecord(directory),
    JSON.stringify({ format: 1, task, attempt, at: 0, seconds: 1, node: 'model', status: 'completed', files: [] }),
  )
  await writeFile(doneMarker(run, task, attempt), '')
}

export const FACTS: ServerFacts = {
  scheduler: 'Model',
  dialect: 'model',
  version: '1',
  arrays: { least: 1, most: 1000, throttle: true },
  notes: [],
}

/** An adapter for the model above. */
export const modelAdapter: SchedulerAdapter = {
  scheduler: 'Model',
  commands: ['model-submit'],
  directivePrefix: '#MODEL',
  identify: async ask => ((await ask(['model-version'])).code === 0 ? FACTS : FACTS),
  variables: () => ({ index: 'MODEL_INDEX', job: 'MODEL_JOB' }),
  submission: ({ name, script }) => ['model-submit', name, script],
  readSubmission: ({ code, stdout }) =>
    code === 0 && stdout !== '' ? { kind: 'accepted', job: stdout } : { kind: 'unclear', words: `exit code ${code}` },
  find: name => [['model-find', name]],
  readFind: ([answer]) => (answer?.code === 0 ? { jobs: answer.stdout === '' ? [] : [{ job: answer.stdout }] } : { jobs: undefined }),
  look: (detail, addresses) => [[detail === 'live' ? 'model-live' : 'model-ends', ...addresses.map(show)]],
  readLook(_, [answer]) {
    if (answer?.code !== 0) return { views: [], complete: false, problems: ['no answer'] }
    return { views: JSON.parse(answer.stdout) as JobView[], complete: true, problems: [] }
  },
  remove: addresses => [['model-remove', ...addresses.map(show)]],
  readRemoval: ({ code }) => ({ accepted: code === 0, transient: false, words: '' }),
  show,
}

function show({ job, index }: JobAddress): string {
  return index === undefined ? job : `${job}_${index}`
}

/** The intent that stands beside a script. */
export const intentBeside = (script: string): string => join(script.replace(/\.sh$/, '.intent.json'))
