/** When a job begins to end, before its walltime does it. */

/** A checkpoint that is asked for may come when another one has just begun, and take longer than all before. */
const CHECKPOINTS = 3
/** Of the walltime, whatever was measured: a job that only ends would bring nothing. */
const MOST_OF_WALLTIME = 0.5

export interface DeadlineRequest {
  /** Seconds since 1970 of the script's first line. */
  readonly started: number
  /** null: none is known. */
  readonly walltimeSeconds: number | null
  /** What the settings ask for; never less. */
  readonly marginSeconds: number
}

/**
 * Moves forward as checkpoints turn out to be slow: the margin is three times the slowest one of the job's tasks and the time that the job took to start up, at least what
 * the settings ask for. Times in milliseconds.
 */
export class Deadline {
  readonly #request: DeadlineRequest
  #slowest = 0
  #startUp: number | undefined

  constructor(request: DeadlineRequest) {
    this.#request = request
  }

  get margin(): number {
    const { walltimeSeconds, marginSeconds } = this.#request
    const measured = CHECKPOINTS * this.#slowest + (this.#startUp ?? 0)
    return Math.max(1000 * marginSeconds, Math.min(measured, MOST_OF_WALLTIME * 1000 * (walltimeSeconds ?? Infinity)))
  }

  /** Milliseconds since 1970; null without a walltime. */
  get at(): number | null {
    const { walltimeSeconds, started } = this.#request
    return walltimeSeconds === null ? null : 1000 * (started + walltimeSeconds) - this.margin
  }

  heardCheckpoint(milliseconds: number): void {
    this.#slowest = Math.max(this.#slowest, milliseconds)
  }

  /** The first task has begun. `now`: milliseconds since 1970. */
  heardStart(now: number): void {
    this.#startUp ??= Math.max(0, now - 1000 * this.#request.started)
  }
}
