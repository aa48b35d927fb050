import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { listEndedAttempts, type EndedMarker } from '../../run-directory/ended-attempt.js'
import { doneDirectory, doneMarker } from '../../run-directory/layout.js'

/** Whatever the folder says of itself, it is listed after this time: some file systems do not keep the times of folders. */
const LISTED_AGAIN_MS = 60_000
/** Two changes may have the same time: on a file system that counts seconds, and on one that counts finer. */
const SETTLED_MS = { seconds: 2_000, finer: 50 } as const
const SECOND_NS = 1_000_000_000n

/**
 * New markers in the `done/` of a run. Ten thousand names are many round trips on a network file system, and a look every few seconds mostly finds none that is new: the
 * folder is listed when its time of modification is another one, or so young that it may hide a second change. That time is compared with itself, never with a clock.
 */
export class DoneMarkers {
  readonly #run: string
  readonly #now: () => number
  readonly #passed = new Set<string>()
  #pending: readonly EndedMarker[] = []
  /** What the folder said when it was listed, since when it says so, and when it was listed. */
  #listed: { readonly stamp: bigint | undefined; readonly since: number; readonly at: number } | undefined

  /** `now`: milliseconds of a clock that only goes on. */
  constructor(run: string, now: () => number) {
    this.#run = run
    this.#now = now
  }

  /** Markers that were not passed yet; `whole`: the folder is listed, whatever it says of itself. */
  async fresh(whole: boolean): Promise<readonly EndedMarker[]> {
    const now = this.#now()
    // Before the listing: what comes between the two is listed again.
    const stamp = await this.#stamp()
    const before = this.#listed
    if (whole || !before || stamp === undefined || stamp !== before.stamp || !isSettled(before) || now - before.at >= LISTED_AGAIN_MS) {
      this.#pending = await listEndedAttempts(this.#run, this.#passed)
      this.#listed = { stamp, since: before && before.stamp === stamp ? before.since : now, at: now }
    }
    return this.#pending
  }

  /** Markers that need not be looked at again. */
  pass(markers: readonly EndedMarker[]): void {
    for (const { task, attempt } of markers) this.#passed.add(basename(doneMarker(this.#run, task, attempt)))
    const passed = new Set(markers)
    this.#pending = this.#pending.filter(marker => !passed.has(marker))
  }

  /** undefined where the folder does not exist, or cannot be asked. */
  async #stamp(): Promise<bigint | undefined> {
    return stat(doneDirectory(this.#run), { bigint: true }).then(
      ({ mtimeNs }) => mtimeNs,
      () => undefined,
    )
  }
}

function isSettled({ stamp, since, at }: { readonly stamp: bigint | undefined; readonly since: number; readonly at: number }): boolean {
  return stamp !== undefined && at - since >= (stamp % SECOND_NS === 0n ? SETTLED_MS.seconds : SETTLED_MS.finer)
}
