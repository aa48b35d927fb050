import { TaskError, TaskStoppedError, type TaskEvent, type TaskResult } from '@chorale/core/contracts'
import { failureOfExit, type ThreadExit } from '@chorale/core/job'

import { DeviceThread } from './device-thread.js'
import { failMeeting, type MeetingMemory } from './meeting-point.js'
import type { BindOrder, CoordinatorReport, ShareOrder, TaskOrder, TaskOutcome } from './messages.js'

interface Assignment {
  readonly task: string
  readonly emit: (event: TaskEvent) => void
  readonly resolve: (result: TaskResult) => void
  readonly reject: (error: TaskError | TaskStoppedError) => void
}

/** A coordinator and the threads that compute with it. Runs one task at a time. The threads that help are started when a task first needs them. */
export class Team {
  readonly #coordinator: DeviceThread
  readonly #companions: DeviceThread[] = []
  #assignment: Assignment | undefined
  #meeting: MeetingMemory | undefined
  #usable = true

  constructor() {
    this.#coordinator = new DeviceThread(0, { hear: report => this.#hear(report), ended: exit => this.#coordinatorEnded(exit) })
  }

  /** May still run tasks: all threads that it has started are there. */
  get usable(): boolean {
    return this.#usable
  }

  get idle(): boolean {
    return this.#usable && this.#assignment === undefined
  }

  /**
   * Runs a task once its order is complete; only for an idle team, which is taken from now on.
   * @throws TaskError as the task did, or, when a thread of the team ended before the task did, with the cause `memory`, `lost` or `cancelled`;
   * TaskStoppedError
   */
  run(task: string, order: Promise<TaskOrder>, emit: (event: TaskEvent) => void): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const assignment = { task, emit, resolve, reject }
      this.#assignment = assignment
      this.#coordinator.busy = true
      void order.then(complete => {
        if (this.#assignment === assignment) this.#coordinator.post(complete)
      })
    })
  }

  /** Drops rows that no task needs any more. */
  forget(key: string): void {
    if (this.#usable) this.#coordinator.post({ type: 'forget', key })
  }

  /** Ends all threads whatever they do. Settles within 2 s, also when a thread cannot be ended: then the outcome of its task may never settle. */
  async end(): Promise<void> {
    this.#usable = false
    await Promise.all([this.#coordinator, ...this.#companions].map(thread => thread.end()))
  }

  #hear(report: CoordinatorReport): void {
    switch (report.type) {
      case 'event':
        return this.#assignment?.emit(report.event)
      case 'bind':
        return this.#bind(report)
      case 'share':
        return this.#companions.forEach(thread => thread.post(report satisfies ShareOrder))
      default:
        return this.#ended(report)
    }
  }

  #bind(order: BindOrder): void {
    this.#meeting = order.meeting
    while (this.#companions.length < order.devices - 1) this.#companions.push(this.#companion(this.#companions.length + 1))
    for (const thread of this.#companions.slice(0, order.devices - 1)) thread.post(order)
  }

  #companion(device: number): DeviceThread {
    return new DeviceThread(device, {
      hear: () => undefined,
      ended: exit => {
        this.#usable = false
        if (this.#assignment === undefined) void this.end()
        if (this.#meeting) failMeeting(this.#meeting, failureOfExit(this.#assignment?.task ?? 'that comes next', exit))
      },
    })
  }

  #ended({ isWhole, ...outcome }: TaskOutcome): void {
    const assignment = this.#release()
    // A thread that hangs in the middle of a gradient would never hear of another task, and one that is gone neither.
    if (!isWhole || !this.#usable) void this.end()
    if (outcome.type === 'completed') assignment?.resolve(outcome.result)
    else assignment?.reject(outcome.type === 'stopped' ? new TaskStoppedError(outcome.stopped) : new TaskError(outcome.failure))
  }

  #coordinatorEnded(exit: ThreadExit): void {
    this.#usable = false
    const assignment = this.#release()
    for (const thread of this.#companions) void thread.end()
    assignment?.reject(new TaskError(failureOfExit(assignment.task, exit), { cause: exit.error }))
  }

  #release(): Assignment | undefined {
    const assignment = this.#assignment
    this.#assignment = undefined
    this.#coordinator.busy = false
    return assignment
  }
}
