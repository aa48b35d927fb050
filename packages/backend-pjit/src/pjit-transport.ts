import type { RunContext, RunningTask, Task, TaskEvent, Transport } from '@chorale/core/contracts'
import { ShardStore } from '@chorale/core/job'

import { BEAT_SIGN, STOP_SIGN, taskSigns, type TaskOrder } from './messages.js'
import { Team } from './team.js'

/** Milliseconds after which a thread that does not answer counts as hung, unless gradients are slow. */
const SILENCE_MS = 60_000

/** Runs each task in a team of threads: an idle one if there is one, otherwise a new one. A team that has lost a thread is never used again. */
export class PjitTransport implements Transport {
  readonly #teams = new Set<Team>()
  readonly #shards = new ShardStore(key => this.#teams.forEach(team => team.forget(key)))
  readonly #devices = new WeakMap<Task, number>()
  readonly #silence: number
  #runDirectory: string | undefined
  #closed = false

  constructor(silence = SILENCE_MS) {
    this.#silence = silence
  }

  /** How many threads each of these tasks may have. */
  plan(tasks: readonly Task[], devices: number): void {
    for (const task of tasks) this.#devices.set(task, devices)
  }

  async open({ runDirectory }: RunContext): Promise<void> {
    this.#runDirectory = runDirectory
  }

  start(task: Task, attempt: number, emit: (event: TaskEvent) => void): RunningTask {
    const runDirectory = this.#runDirectory
    if (runDirectory === undefined) throw new Error('the pjit backend was asked to start a task before it was opened')
    if (this.#closed) throw new Error('the pjit backend was asked to start a task after it was closed')
    const team = this.#idleTeam()
    const signs = taskSigns()
    const devices = this.#devices.get(task) ?? 1
    const { rows, giveBack } = this.#shards.borrow(runDirectory, task)
    const silence = this.#silence
    const order = rows.then((shared): TaskOrder => ({
      type: 'run',
      runDirectory,
      task,
      attempt,
      devices,
      signs,
      silence,
      ...(shared ? { rows: shared } : {}),
    }))
    return {
      outcome: team.run(task.id, order, emit).finally(giveBack),
      stop: () => void Atomics.store(signs, STOP_SIGN, 1),
      kill: () => team.end(),
      beats: () => Atomics.load(signs, BEAT_SIGN),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#teams].filter(({ usable }) => usable).map(team => team.end()))
    this.#teams.clear()
    this.#shards.clear()
  }

  /** The oldest idle team: its code is the warmest. */
  #idleTeam(): Team {
    for (const team of this.#teams) {
      if (team.idle) return team
      if (!team.usable) this.#teams.delete(team)
    }
    const team = new Team()
    this.#teams.add(team)
    return team
  }
}
