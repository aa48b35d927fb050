import type { RunningTask } from '../contracts/index.js'

/** A gradient may take this much longer than the slowest one so far: the tail of a distribution, a swapped page, a neighbour on the same core. */
const SLOWEST_GRADIENTS = 50
const A_MINUTE = 60_000

const beatsOf = (running: Pick<RunningTask, 'beats'>): number => {
  try {
    return running.beats?.() ?? 0
  } catch {
    return 0
  }
}

/**
 * How long a task has been silent, in milliseconds of a clock that its observer reads at every look. Silence begins with the first sign of life: loading and
 * compiling give none. Time in which nobody looked, as of a process that was suspended together with its threads, is not silence.
 */
export class Heartbeat {
  readonly #usualLook: number
  #lastLook: number
  #lastSign: number | undefined
  #beats = 0
  #slowest = 0

  /** `usualLook`: milliseconds between two looks. */
  constructor(now: number, usualLook: number) {
    this.#lastLook = now
    this.#usualLook = usualLook
  }

  /** Whether the task has ever shown that it lives. */
  get begun(): boolean {
    return this.#lastSign !== undefined
  }

  /** The task said something. Only progress is a first sign. */
  heard(now: number, isProgress: boolean): void {
    if (isProgress || this.begun) this.#lastSign = now
  }

  /** Reads the task's own count, and returns for how long it has been silent; undefined for a task that has not shown life yet. */
  look(now: number, running: Pick<RunningTask, 'beats'>): number | undefined {
    const asleep = Math.max(0, now - this.#lastLook - 10 * this.#usualLook)
    const before = this.#lastLook
    this.#lastLook = now
    if (this.#lastSign !== undefined) this.#lastSign = Math.min(now, this.#lastSign + asleep)
    const beats = beatsOf(running)
    if (beats !== this.#beats) {
      // It stood still at least from the look that saw it last to the one before this.
      if (this.#beats !== 0 && this.#lastSign !== undefined) this.#slowest = Math.max(this.#slowest, before - this.#lastSign)
      this.#beats = beats
      this.#lastSign = now
    }
    return this.#lastSign === undefined ? undefined : now - this.#lastSign
  }

  /**
   * The silence that a task may keep, in milliseconds, where the settings allow `asked`. That is meant for events, which come once an iteration at most. A task that
   * counts its gradients may be silent for a tenth of it, but for a minute where the settings allow one, and always for 50 of its slowest gradients.
   */
  limit(asked: number): number {
    if (this.#beats === 0) return asked
    return Math.max(Math.min(asked, A_MINUTE), asked / 10, SLOWEST_GRADIENTS * this.#slowest)
  }
}
